"""Files, read in threads: Linux has no other way to read one without waiting for it."""

from __future__ import annotations

from functools import partial

from headstart_kit.fan_out.capped_bytes import CHUNK_BYTES, CappedBytes
from headstart_kit.fan_out.threads import in_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable


async def read_file(path: str | os.PathLike[str], *, max_mb: float = 64.0) -> bytes:
    """The content of a file of ``max_mb`` MB at most.

    Raises:
        TooLargeError: it is larger.
        OSError: it cannot be read.
    """
    return await in_thread(partial(_read, path=path, content=CappedBytes(f"the file {path}", max_mb=max_mb)))


def _read(is_stopped: Callable[[], bool], *, path: str | os.PathLike[str], content: CappedBytes) -> bytes:
    import os
    from pathlib import Path

    with Path(path).open("rb", buffering=0) as file:
        content.expect(os.fstat(file.fileno()).st_size)
        while not is_stopped() and (chunk := file.read(CHUNK_BYTES)):
            content.add(chunk)
    return content.joined()
