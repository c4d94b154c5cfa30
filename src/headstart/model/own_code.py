"""Which Python files of a package are its own: not installed there, not tests, not of a virtual environment."""

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import PurePosixPath

from headstart.model.installed import recorded

_FOREIGN = {"tests", "test", "venv", "node_modules", "site-packages", "dist-packages", "__pycache__", "cdk.out"}
_TEST_FILE = re.compile(r"(^test_.*|.*_test|conftest|setup|noxfile)\.py$")
_RECORD = ".dist-info/RECORD"


def is_own_folder(name: str) -> bool:
    """Whether a folder of this name may hold a package's own code."""
    return name not in _FOREIGN and not name.startswith(".")


def own_modules(names: Collection[str], *, read: Callable[[str], bytes]) -> Iterator[str]:
    """Those of a package's files (posix paths within it) that are its own Python; ``read`` is asked for the records of
    what an installer put there."""
    foreign = _installed(names, read=read)
    foreign |= {name.removesuffix("pyvenv.cfg") for name in names if name.endswith("/pyvenv.cfg")}
    for name in names:
        *folders, file = PurePosixPath(name).parts
        if file.endswith(".py") and all(map(is_own_folder, folders)) and not _TEST_FILE.match(file):
            above = ("/".join(folders[: depth + 1]) + "/" for depth in range(len(folders)))
            if name not in foreign and foreign.isdisjoint(above):
                yield name


def _installed(names: Collection[str], *, read: Callable[[str], bytes]) -> set[str]:
    """Folders (ending with a slash) and files that installers' records list, each at its top."""
    found = set()
    for record in names:
        if record.endswith(_RECORD):
            folder = record.removesuffix(_RECORD).rpartition("/")[0]
            prefix = f"{folder}/" if folder else ""
            for file in recorded(read(record).decode(errors="replace")):
                top, slash, _ = file.partition("/")
                found.add(f"{prefix}{top}{slash}")
    return found
