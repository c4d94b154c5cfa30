"""Where a bundle is put: refused before anything is built, written beside and then renamed."""

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from headstart.errors import ConfigError, RequestError
from headstart.model.bundle import MARK, BundleFacts, BundleFormat, BundleOrder


def refuse(order: BundleOrder, code: Path) -> None:
    """See that the order can be carried out.

    Raises:
        ConfigError: the output and the code lie in each other, the format has no layer, or what is there is not ours.
        RequestError: the output cannot be written.
    """
    if order.layer is not None and order.format is BundleFormat.IMAGE:
        raise ConfigError("--layer with --format image: a container image has no layers", hint="leave --layer out")
    outputs = [path for path in (order.output, order.layer) if path is not None]
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise ConfigError(f"--layer and --output are both {order.output}", hint=f"--layer layer-{order.output.name}")
    for path, is_zip in ((order.output, order.format is BundleFormat.ZIP), (order.layer, True)):
        if path is not None:
            _refuse_inside(path, code)
            _refuse_existing(path, is_zip=is_zip, is_forced=order.is_forced)
            _require_writable(path)


def _refuse_inside(path: Path, code: Path) -> None:
    output, source = path.resolve(), code.resolve()
    if source == output or source in output.parents:
        raise ConfigError(
            f"{path} lies in {code}, so that the next bundle would have this one in it",
            hint=f"-o {os.path.relpath(source.parent / output.name)}",
        )
    if output in source.parents:
        raise ConfigError(f"{path} has the code {code} in it, and would take its place", hint="-o another-folder")


def _refuse_existing(path: Path, *, is_zip: bool, is_forced: bool) -> None:
    if path.is_dir() and is_zip:
        raise ConfigError(f"{path} is a folder, and a zip is to be written", hint=f"-o {path / 'function.zip'}")
    if path.is_file() and not is_zip:
        raise ConfigError(f"{path} is a file, and a folder is to be written", hint=f"-o {path.with_suffix('')}")
    if path.exists() and not is_forced and not is_ours(path):
        raise ConfigError(f"{path} is there and is no bundle of headstart's", hint="--force writes over it")


def is_ours(path: Path) -> bool:
    """Whether ``path`` is a bundle, or an empty folder."""
    if path.is_dir():
        return (path / MARK).is_file() or not any(path.iterdir())
    with suppress(zipfile.BadZipFile, OSError), zipfile.ZipFile(path) as archive:
        return MARK in archive.namelist()
    return False


def _require_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from error
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise RequestError(f"{path.parent} cannot be written to", hint="-o a/place/of/yours")


def mark(root: Path, facts: BundleFacts) -> None:
    """Leave in a bundle what it is for."""
    (root / MARK).write_bytes(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to, which becomes ``path`` when all went well.

    Raises:
        RequestError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            yield beside
            _rename(beside, path)
        finally:
            _remove(beside)
    except OSError as error:
        raise _refused(path, error) from error


def _rename(beside: Path, path: Path) -> None:
    if not path.is_dir():
        beside.replace(path)
        return
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    path.rename(old)
    beside.rename(path)
    _remove(old)


def _remove(path: Path) -> None:
    remove: Callable[[Path], object] = shutil.rmtree if path.is_dir() else lambda file: file.unlink(missing_ok=True)
    remove(path)


def _refused(path: Path, error: OSError) -> RequestError:
    return RequestError(f"{path} cannot be written: {error.strerror or error}", hint="-o a/place/of/yours")
