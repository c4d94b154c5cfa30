"""What of a bundle is in its side archive, as a part of its screen."""

from collections.abc import Iterator
from typing import Final

from rich.console import ConsoleRenderable
from rich.text import Text

from headstart.model.side_archive import SideArchive
from headstart.report import figures
from headstart.report.deferral_as_text import LOCKED, gained, proved
from headstart.report.text_sections import grid, title

_MB: Final = 1024 * 1024
_OWNERS_SHOWN: Final = 5


def archived(archive: SideArchive, *, is_explained: bool) -> Iterator[ConsoleRenderable]:
    """What is in it, of which packages; ``is_explained`` has every module."""
    yield from title("Side archive", _told(archive))
    yield from proved(archive.proof, archive.doubts)
    yield from gained(archive.gains)
    table = grid(3)
    for part in archive.parts[: None if is_explained else _OWNERS_SHOWN]:
        table.add_row(part.owner, figures.count(part.modules, "module"), figures.mb(part.size_bytes / _MB))
    yield table
    if is_explained:
        for path in archive.modules:
            yield Text(f"   {path}", "dim", no_wrap=True, overflow="ellipsis")
    elif len(archive.parts) > _OWNERS_SHOWN:
        yield Text(f"and of {len(archive.parts) - _OWNERS_SHOWN} more: --explain has every module", "dim")
    if archive.is_locked:
        yield Text(LOCKED, "dim")


def _told(archive: SideArchive) -> str:
    if not archive.modules:
        return f"nothing: {archive.withdrawn}"
    modules = figures.count(len(archive.modules), "module")
    events = figures.count(len(archive.events), "event")
    saved = f"{figures.mb(archive.saved_bytes / _MB)} and {figures.count(archive.saved_files, 'file')} less, unzipped"
    return f"{modules} that none of your {events} loaded: {saved}"
