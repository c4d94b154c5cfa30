"""Finds the folder that an asset of ``cdk synth`` is a copy of: what users edit, and what they want named."""

import os
from collections.abc import Iterator
from pathlib import Path

from headstart.model.own_code import is_own_folder

_MANIFEST = "manifest.json"
_FILES_COMPARED_MAX = 50


def source_of(asset: Path) -> Path | None:
    """The folder in the CDK app's own folder where each Python file of ``asset`` that lies at its top stands alike.

    None where ``asset`` is no asset, has no such file, or was bundled from something else.
    """
    assembly = asset.parent
    if not asset.is_dir() or not (assembly / _MANIFEST).is_file():
        return None
    names = sorted(file.name for file in asset.glob("*.py"))[:_FILES_COMPARED_MAX]
    if not names:
        return None
    alike = (folder for folder in _folders(_outermost(assembly).parent) if _are_alike(asset, folder, names=names))
    return next(alike, None)


def _outermost(assembly: Path) -> Path:
    """The assembly of a stage lies in that of the app."""
    return assembly.parent if (assembly.parent / _MANIFEST).is_file() else assembly


def _folders(root: Path) -> Iterator[Path]:
    for folder, folders, _ in os.walk(root):
        folders[:] = sorted(name for name in folders if is_own_folder(name))
        yield Path(folder)


def _are_alike(asset: Path, folder: Path, *, names: list[str]) -> bool:
    return all(_is_copy(asset / name, folder / name) for name in names)


def _is_copy(one: Path, other: Path) -> bool:
    return other.is_file() and one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()
