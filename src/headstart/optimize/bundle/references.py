"""Which of the modules that may go are named by those that stay: imported, or spelt in a text or in compiled code."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from typing import Final

from headstart.optimize.bundle.listing import OWN_CODE, Listing

_DOTTED: Final = re.compile(r"\.*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_PATH: Final = re.compile(r"[^\s:]+/[^\s:]*")
_IN_BYTES: Final = re.compile(rb"[A-Za-z_][\w.]*\Z")
_MODULE_BYTES_MAX: Final = 300
_COMPILED: Final = (".so", ".pyc")


def referred(listing: Listing, candidates: Mapping[str, str], *, staying: Set[str]) -> dict[str, str]:
    """Of ``candidates`` (paths of folders and modules by their dotted name) those needed, with the file that says so.

    ``staying`` are the files that are kept whatever comes of it; what is needed may need others in turn.
    """
    if not candidates:
        return {}
    needed: dict[str, str] = {}
    words = _words(candidates)
    pending = sorted(staying)
    while pending:
        found = dict(_named_in(listing, pending, candidates=candidates, words=words))
        new = {name: by for name, by in found.items() if name not in needed}
        needed |= new
        pending = [path for path in listing.sizes for name in new if _is_under(path, candidates[name])]
    return {candidates[name]: by for name, by in needed.items()}


def _is_under(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _words(candidates: Mapping[str, str]) -> re.Pattern[bytes]:
    """Something that each file has which names a candidate: most have not, and are not parsed."""
    last = sorted({name.rpartition(".")[2] for name in candidates})
    return re.compile(rb"\b(?:%s)\b" % "|".join(last).encode())


def _named_in(
    listing: Listing, paths: list[str], *, candidates: Mapping[str, str], words: re.Pattern[bytes]
) -> Iterator[tuple[str, str]]:
    for path in paths:
        if not path.endswith((".py", "entry_points.txt", *_COMPILED)):
            continue
        content = listing.read(path)
        if words.search(content):
            for name in _names(path, content, words=words, is_own=listing.owner(path) == OWN_CODE):
                parts = name.split(".")
                for count in range(1, len(parts) + 1):
                    if (above := ".".join(parts[:count])) in candidates:
                        yield above, path


def _names(path: str, content: bytes, *, words: re.Pattern[bytes], is_own: bool) -> Iterator[str]:
    if path.endswith(".py"):
        try:
            tree = ast.parse(content)
            yield from _imported(tree, package=_package(path))
            yield from _spelt(tree, package=_package(path), is_own=is_own)
        except (SyntaxError, ValueError, RecursionError):
            yield from _in_bytes(content, words)
    else:
        yield from _in_bytes(content, words)


def _in_bytes(content: bytes, words: re.Pattern[bytes]) -> Iterator[str]:
    """The names with a dot that end in one of ``words``."""
    for match in words.finditer(content):
        before = _IN_BYTES.search(content[max(0, match.start() - _MODULE_BYTES_MAX) : match.end()])
        if before and b"." in before[0]:
            yield before[0].decode("ascii", "replace")


def _package(path: str) -> list[str]:
    """Of the module at ``path``: what its relative imports begin at."""
    return path.split("/")[:-1]


def _imported(tree: ast.AST, *, package: list[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute("." * node.level + (node.module or ""), package)
            yield origin
            yield from (f"{origin}.{alias.name}" if origin else alias.name for alias in node.names)


def _spelt(tree: ast.AST, *, package: list[str], is_own: bool) -> Iterator[str]:
    """The modules, and files, that a text may be the name of; a single word is one in the function's own code only."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if _DOTTED.fullmatch(node.value) and (is_own or "." in node.value):
            yield _absolute(node.value, package)
        elif _PATH.fullmatch(node.value):
            name = ".".join(part for part in node.value.split("/") if part not in ("", ".", ".."))
            yield name
            yield ".".join([*package, name])


def _absolute(name: str, package: list[str]) -> str:
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    above = package[: len(package) - level + 1]
    return ".".join([*above, *filter(None, [name.lstrip(".")])])
