"""A name for a function as it is now, so that the version of another one is published under another name."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from headstart.infra.synth.plan import StackPlan

_CHARACTERS: Final = 8
_LEFT_OUT: Final = frozenset({"__pycache__", "headstart-report", "node_modules", "venv"})


def of(plan: StackPlan, properties: dict[str, Any]) -> str:
    """Of the function's properties, code, layers and requirements; upper case and digits."""
    spec = plan.spec
    digest = hashlib.sha256(json.dumps(properties, sort_keys=True).encode())
    for path in (spec.code, *spec.layers, *filter(None, [spec.requirements])):
        for file in sorted(_files(path, without=plan.folder)):
            digest.update(f"{file.relative_to(path)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:_CHARACTERS].upper()


def _files(path: Path, *, without: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for inner in path.iterdir():
        if inner.name not in _LEFT_OUT and not inner.name.startswith(".") and inner.resolve() != without:
            yield from _files(inner, without=without)
