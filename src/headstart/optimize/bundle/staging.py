"""Puts the files of a bundle together in a folder, pruned, and the dependencies in one of their own where asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from headstart.model.bundle import BundleSettings, Removal, Shrunk, Spared
from headstart.optimize.bundle import (
    font_metrics,
    metadata,
    pruning,
    service_endpoints,
    service_models,
    shared_libraries,
)
from headstart.optimize.bundle.listing import OWN_CODE, Listing, listing, merge, owners_in

_PYTHON: Final = "python"  # where a layer's modules are found
_REWRITERS: Final = (service_models, service_endpoints, font_metrics)


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """``root`` becomes /var/task, ``opt`` (a layer of the dependencies) /opt; ``sizes`` are bytes by owner."""

    root: Path
    opt: Path | None
    distributions: tuple[str, ...]
    sizes: Mapping[str, int]
    removed: tuple[Removal, ...]
    shrunk: tuple[Shrunk, ...]
    spared: tuple[Spared, ...]

    @property
    def places(self) -> dict[Path, str]:
        """The folders with modules, and where each stands on Lambda."""
        return {self.root: "/var/task"} | ({self.opt / _PYTHON: f"/opt/{_PYTHON}"} if self.opt else {})


def stage(installed: Path, code: Path, *, settings: BundleSettings, opt: Path | None) -> Staged:
    """Lay ``code`` over ``installed``, prune the whole, and move what distributions brought along to ``opt``."""
    owners = owners_in(installed)
    brought = owners_in(code)
    own = merge(code, installed)
    owners = {path: owner for path, owner in owners.items() if path not in own} | brought
    before = listing(installed, owners)
    plan = pruning.plan(before, settings)
    for path in plan.reasons:
        (installed / path).unlink()
    rest = before.without(plan.reasons.keys())
    rewritten = [each.shrink(rest, kept=plan.kept) for each in _REWRITERS]
    paths = {old: new for each in rewritten for old, new in each.paths.items()}
    owners = {paths.get(path, path): owner for path, owner in owners.items()}
    after = listing(installed, owners)
    metadata.rewrite_records(after, rewritten=paths)
    if opt is not None:
        _split(after, opt / _PYTHON)
    places = [installed, opt / _PYTHON] if opt else [installed]
    linked = dict(saved for place in places for saved in shared_libraries.link_duplicates(place))
    for place in places:
        _drop_empty_folders(place)
    reasons = {**plan.reasons, **dict.fromkeys(linked, shared_libraries.WHY)}
    return Staged(
        root=installed,
        opt=opt,
        distributions=tuple(sorted({owner for path, owner in owners.items() if path in after.sizes})),
        sizes=_sizes(after, linked),
        removed=pruning.removals(before, reasons),
        shrunk=tuple(shrunk for each in rewritten for shrunk in each.shrunk),
        spared=(*plan.spared, *(spared for each in rewritten for spared in each.spared)),
    )


def drop_sources(root: Path) -> None:
    """Remove each module whose bytecode stands beside it."""
    for path in root.rglob("*.py"):
        if path.with_suffix(".pyc").is_file():
            path.unlink()


def not_compiled(root: Path) -> list[str]:
    """The modules without bytecode."""
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*.py"))
        if not path.with_suffix(".pyc").is_file() and not any((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))
    ]


def _split(files: Listing, into: Path) -> None:
    """Move what distributions brought along."""
    for path in files.sizes:
        if files.owner(path) != OWN_CODE:
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            (files.root / path).replace(target)


def _sizes(files: Listing, linked: Mapping[str, int]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for path, size_bytes in files.sizes.items():
        if path not in linked:
            sizes[files.owner(path)] = sizes.get(files.owner(path), 0) + size_bytes
    return sizes


def _drop_empty_folders(root: Path) -> None:
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
