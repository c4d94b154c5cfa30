"""A bundle as a screen of a terminal: what was written and, where asked, what went and why."""

from collections.abc import Iterator, Sequence

from rich.console import ConsoleRenderable
from rich.text import Text

from headstart.model import limits
from headstart.model.bundle import BundleFormat, BundleResult, Part, Removal
from headstart.report import figures
from headstart.report.deferral_as_text import deferral
from headstart.report.placement_as_text import preloaded
from headstart.report.side_archive_as_text import archived
from headstart.report.terminal import Screen
from headstart.report.text_sections import grid

_MB = 1024 * 1024
_PATHS_SHOWN = 3
_OWNERS_SHOWN = 6


def render(result: BundleResult, *, is_explained: bool = False) -> Screen:
    """What was written; ``is_explained`` adds a row for each reason why a part of a package is not shipped."""
    parts = (
        _parts(result),
        _explained(result) if is_explained else (),
        deferral(result.deferral, is_explained=is_explained) if result.deferral else (),
        preloaded(result.preload) if result.preload else (),
        archived(result.archive, is_explained=is_explained) if result.archive else (),
        _closing(result, is_explained=is_explained),
    )
    return Screen(line for part in parts for line in part)


def _parts(result: BundleResult) -> Iterator[ConsoleRenderable]:
    yield Text.assemble((result.function.path, "bold"), f"  {result.runtime} on {result.architecture}")
    table = grid(4)
    for name, part in (("function", result.function), ("layer", result.layer)):
        if part is not None:
            table.add_row(name, _zipped(part), f"{_mb(part.unzipped_bytes)} unzipped", f"{part.files:,} files")
    if result.other_layers_bytes:
        table.add_row("other layers", "", f"{_mb(result.other_layers_bytes)} unzipped", "")
    yield table
    if result.format is not BundleFormat.IMAGE:
        share = result.unzipped_bytes / _MB / limits.PACKAGE_UNZIPPED_MB_MAX
        yield Text(f"{figures.percent(share)} of the {limits.PACKAGE_UNZIPPED_MB_MAX} MB that Lambda allows", "dim")


def _zipped(part: Part) -> str:
    return "" if part.zipped_bytes is None else f"{_mb(part.zipped_bytes)} zipped"


def _explained(result: BundleResult) -> Iterator[ConsoleRenderable]:
    """The reasons, the one that saves most first, each with those whose files went."""
    by_reason: dict[str, list[Removal]] = {}
    for each in result.removed:
        by_reason.setdefault(each.why, []).append(each)
    for why, removals in sorted(by_reason.items(), key=lambda item: -_bytes(item[1])):
        yield Text()
        files = figures.count(sum(each.files for each in removals), "file")
        yield Text.assemble("Not shipped: ", (why, "bold"), f"  {_mb(_bytes(removals))}, {files}")
        for each in removals[:_OWNERS_SHOWN]:
            yield Text.assemble(f"   {each.owner}  ", (_paths(each), "dim"), no_wrap=True, overflow="ellipsis")
        if len(removals) > _OWNERS_SHOWN:
            yield Text(f"   and of {len(removals) - _OWNERS_SHOWN} more: --json - lists them", "dim")
    for shrunk in result.shrunk:
        yield Text()
        files = figures.count(shrunk.files, "file")
        yield Text.assemble("Not shipped: ", (shrunk.why, "bold"), f"  {_mb(shrunk.saved_bytes)}, in {files}")
        yield Text(f"   {shrunk.owner}")
    if result.spared:
        yield Text()
        yield Text("Looked at, and shipped", "bold")
        for spared in result.spared:
            yield Text.assemble(f"   {spared.path}  ", (f"named in {spared.because}", "dim"))


def _bytes(removals: Sequence[Removal]) -> int:
    return sum(each.size_bytes for each in removals)


def _paths(removal: Removal) -> str:
    more = len(removal.paths) - _PATHS_SHOWN
    shown = ", ".join(removal.paths[:_PATHS_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _closing(result: BundleResult, *, is_explained: bool) -> Iterator[ConsoleRenderable]:
    yield Text()
    packages = figures.count(len(result.distributions), "package")
    modules = figures.count(result.bytecode, "module")
    yield Text(f"{packages}; {modules} with bytecode ({_mb(result.bytecode_bytes)})")
    gone = sum(each.files for each in result.removed)
    if gone:
        saved = _mb(_bytes(result.removed))
        how = "" if is_explained else ": --explain says which and why"
        yield Text(f"{figures.count(gone, 'file')} ({saved}) are not shipped{how}")
    for shrunk in () if is_explained else result.shrunk:
        yield Text(f"{shrunk.why} ({_mb(shrunk.saved_bytes)}) is not shipped")


def _mb(size_bytes: float) -> str:
    return figures.mb(size_bytes / _MB)
