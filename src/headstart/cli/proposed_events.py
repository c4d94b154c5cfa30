"""Writes the events that a function is seen to take and that none of its own covers: ``headstart init --events``."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from headstart.cli import output
from headstart.errors import ConfigError
from headstart.infra import config_file, config_text, settings
from headstart.infra.event_proposals.proposing import uncovered
from headstart.infra.project import Project
from headstart.model.event_proposal import EventProposal
from headstart.model.invocation import Event
from headstart.report.write import require_writable, write_file

_NOTHING = "no event is missing: every route, action and event source that reading shows is reached by one of yours"


def write_events(project: Project, path: Path) -> None:
    """Write ``events/NAME.json`` for each that is missing, name all of them in a headstart.toml that names its events,
    and say so.

    Raises:
        RequestError: a file cannot be written, or as ``uncovered``.
    """
    missing = uncovered(project)
    if not missing:
        output.note(_NOTHING)
        return
    written = [_written(each, project.folder / "events") for each in missing]
    _name_them(tuple(each.event for each in missing), project.folder)
    output.say(sys.stdout, "\n".join(_said(missing, written)))
    output.note(f"values are made up: fill in what only you know, then: headstart invoke {path} -e {written[0]}")


def _written(proposal: EventProposal, folder: Path) -> Path:
    """The file of an event, relative to the current folder; one that is there already stays as it is."""
    file = proposal.file or folder / f"{proposal.name}.json"
    if not file.exists():
        require_writable(folder)
        write_file(file, proposal.event.payload)
    return Path(os.path.relpath(file))


def _name_them(events: Sequence[Event], folder: Path) -> None:
    """Add ``[[events]]`` to a headstart.toml that has some; one that has none takes all that lie in ``events/``."""
    config = folder / config_file.FILE_NAME
    if not config.is_file() or not settings.read(config).events:
        return
    tables = config_text.event_tables(events, folder=folder)
    before = config.read_text(encoding="utf-8")
    write_file(config, f"{before.rstrip()}\n{tables}".encode())
    try:
        settings.read(config)
    except ConfigError:  # it says its events in another form than tables, after which none can be added
        write_file(config, before.encode())
        output.note(f"add to {config}:\n{tables}")


def _said(missing: Sequence[EventProposal], written: Sequence[Path]) -> Iterator[str]:
    for proposal, file in zip(missing, written, strict=True):
        how = "is there, and was not among your events" if proposal.file else "is written"
        yield f"{file} {how}: {proposal.reaches} ({proposal.place})"
