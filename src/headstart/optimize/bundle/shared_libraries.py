"""Shared libraries that are shipped more than once: one of each stays, the others become links to it."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Libraries, not Python's extension modules, of which each import needs a file of its own.
_LIBRARY: Final = re.compile(r"lib[^/]*\.so(?:\.[\d.]+)?")
WHY: Final = "a shared library that is there twice: a link now"


def link_duplicates(root: Path) -> Iterator[tuple[str, int]]:
    """Replace each library whose name and content another has by a link to that; its path and the bytes saved.

    The loader takes two files of one name (the library's SONAME) for the same anyway: whichever is loaded first is it.
    """
    first: dict[tuple[str, int, str], Path] = {}
    for path in sorted(path for path in root.rglob("*.so*") if _LIBRARY.fullmatch(path.name) and not path.is_symlink()):
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        original = first.setdefault((path.name, size_bytes, content), path)
        if original is not path:
            path.unlink()
            path.symlink_to(os.path.relpath(original, path.parent))
            yield path.relative_to(root).as_posix(), size_bytes
