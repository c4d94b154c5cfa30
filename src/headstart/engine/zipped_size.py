"""What a package weighs as the zip that is uploaded, without writing one."""

import asyncio
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from headstart.engine import tree
from headstart.engine.package import Package
from headstart.model.function import FunctionSpec
from headstart.model.progress import Progress

# What zip tools use unless they are told otherwise.
_LEVEL: Final = 6
_CHUNK_BYTES: Final = 1024 * 1024
# Beside its name, which stands in it twice, a member has a local header and an entry in the directory, which ends so.
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (2026-11-25), 4.3.7, 4.3.12 and 4.3.16
_MEMBER_BYTES: Final = 30 + 46
_END_BYTES: Final = 22
_STAGE: Final = "weighing"


async def weigh_zipped(package: Package, spec: FunctionSpec, *, progress: Progress) -> int:
    """The bytes of the zip of a package's code, and of its layers as one more; of code that is a zip its own."""
    parts = [part for part in (package.root, package.opt) if part]
    own_bytes = 0
    if spec.code.is_file() and spec.requirements is None:
        own_bytes, parts = spec.code.stat().st_size, parts[1:]
    progress.start(_STAGE)
    try:
        return own_bytes + sum([await asyncio.to_thread(_zipped, part, package.left_out) for part in parts])
    finally:
        progress.finish(_STAGE)


def _zipped(root: Path, left_out: frozenset[str]) -> int:
    return _END_BYTES + sum(
        _MEMBER_BYTES + 2 * len(name.as_posix().encode()) + sum(_deflated(root / name))
        for name in tree.files(root, left_out=left_out)
    )


def _deflated(file: Path) -> Iterator[int]:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            yield len(deflate.compress(chunk))
    yield len(deflate.flush())
