"""Which files are the function's own code, which were shipped beside it, and what a report calls them."""

from __future__ import annotations

import os
import sys


class Package:
    """The deployment package as it lies at ``task_root``, with the layers that precede the runtime on ``sys.path``."""

    def __init__(self, task_root: str) -> None:
        self._task_root = task_root.rstrip("/") + "/"
        self._roots = tuple(root.rstrip("/") + "/" for root in _shipped_roots(task_root))
        self._installed = _installed(task_root)
        self._installed_folders = tuple(path for path in self._installed if path.endswith("/"))
        self._own: dict[str, bool] = {}
        self._lines: dict[str, list[str]] = {}

    def ships(self, path: str | None) -> bool:
        """Whether ``path`` came with the function: not part of Python, nor of the runtime."""
        return path is not None and path.startswith(self._roots)

    def owns(self, path: str) -> bool:
        """Whether ``path`` is the function's own code: in the package, and of no installed distribution."""
        known = self._own.get(path)
        if known is None:
            known = self._own[path] = (
                path.startswith(self._task_root)
                and "/site-packages/" not in path
                and path not in self._installed
                and not path.startswith(self._installed_folders)
            )
        return known

    def name(self, path: str) -> str:
        """``path`` relative to the task root when it lies in it, else unchanged."""
        return path[len(self._task_root) :] if path.startswith(self._task_root) else path

    def source(self, path: str, line: int) -> str:
        """The text of one line, stripped; empty where it cannot be read."""
        if path not in self._lines:
            self._lines[path] = read_bytes(path).decode("utf-8", "replace").splitlines()
        lines = self._lines[path]
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def read_bytes(path: str) -> bytes:
    """The content of a file; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _shipped_roots(task_root: str) -> list[str]:
    """The task root, and what precedes the runtime's folder on the search path: there Lambda puts the layers."""
    runtime = os.environ.get("LAMBDA_RUNTIME_DIR")
    before = sys.path[: sys.path.index(runtime)] if runtime in sys.path else []
    return [task_root, "/opt", *(entry for entry in before if entry.startswith("/"))]


def _installed(task_root: str) -> set[str]:
    """Files, and folders ending in ``/``, that the metadata of installed distributions claims."""
    claimed: set[str] = set()
    for folder in [task_root, *_folders(task_root)]:
        for name in _names(folder):
            if name.endswith((".dist-info", ".egg-info")):
                claimed |= _claims(folder, f"{folder}/{name}")
    return claimed


def _claims(folder: str, metadata: str) -> set[str]:
    record = read_bytes(f"{metadata}/RECORD").decode("utf-8", "replace").splitlines()
    if record:
        paths = (line.partition(",")[0].strip('"') for line in record)
        return {f"{folder}/{path}" for path in paths if path.endswith(".py")}
    tops = read_bytes(f"{metadata}/top_level.txt").decode("utf-8", "replace").split()
    return {claim for top in tops for claim in (f"{folder}/{top}/", f"{folder}/{top}.py")}


def _folders(root: str) -> list[str]:
    return [path for path in (f"{root}/{name}" for name in _names(root)) if os.path.isdir(path)]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
