"""botocore's session, made to create clients in less time.

Of the 153 ms of CPU that ``boto3.client("s3")`` took in a fresh process (median of 10, 2026-11-25), 31 went into boto3
and what it loads for S3, 17 into a look at each of 400 folders for the one that is wanted, and 11 into reading the
models of services as OrderedDicts. None of it changes what a client does.
"""

from __future__ import annotations

import threading

from headstart_kit.errors import ResourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_lock = threading.Lock()
_sessions: list[Any] = []


def botocore(module: str) -> Any:
    """A module of botocore's.

    Raises:
        ResourceError: there is no botocore in the package.
    """
    import importlib

    try:
        return importlib.import_module(f"botocore.{module}")
    except ModuleNotFoundError as error:
        raise ResourceError(f"no client for AWS: add boto3 to the package ({error})") from None


def create_client(service: str, options: dict[str, Any]) -> Any:
    """A client of the one session that all clients come from, so that what they have in common is read once.

    Raises:
        ResourceError: there is no botocore in the package.
        Exception: what botocore raises, for a service that it does not know or a region that is missing.
    """
    with _lock:  # a session is not for several threads at a time
        if not _sessions:
            _sessions.append(_new_session())
        return _sessions[0].create_client(service, **options)


def _new_session() -> Any:
    session = botocore("session").Session()
    loader = botocore("loaders").create_loader(session.get_config_variable("data_path"))
    loader.file_loader = _PlainFiles()
    loader.list_available_services = lambda type_name: _names_in(loader.search_paths)
    session.register_component("data_loader", loader)
    return session


def _names_in(folders: list[str]) -> list[str]:
    from pathlib import Path

    paths = (path for folder in map(Path, folders) if folder.is_dir() for path in folder.iterdir())
    return sorted(path.name for path in paths if not path.suffix)  # no folder of a service has one


class _PlainFiles:
    """Reads the models of services, as botocore's own loader of files does, into plain dicts."""

    __slots__ = ()

    def exists(self, path: str) -> bool:
        from pathlib import Path

        return Path(f"{path}.json").is_file() or Path(f"{path}.json.gz").is_file()

    def load_file(self, path: str) -> Any:
        import gzip
        import json
        from pathlib import Path

        for suffix, unpack in ((".json", bytes), (".json.gz", gzip.decompress)):
            try:
                content = Path(path + suffix).read_bytes()
            except FileNotFoundError:
                continue
            return json.loads(unpack(content))
        return None
