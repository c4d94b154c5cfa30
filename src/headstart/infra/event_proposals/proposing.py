"""An event for each thing that a function is seen to take, and which of them the given events do not cover."""

import json
import os
import re
from typing import Final

import msgspec

from headstart.infra import discover
from headstart.infra.event_proposals.candidate import Candidate
from headstart.infra.event_proposals.reached import reached_by, value_of
from headstart.infra.event_proposals.shown import Shown
from headstart.infra.project import Project
from headstart.model.event_proposal import EventProposal
from headstart.model.invocation import Event

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_NAME_CHARACTERS_MAX: Final = 60
_SAID_MAX: Final = 6


def propose(project: Project) -> tuple[EventProposal, ...]:
    """An event for each thing that the function is seen to take, in the order of its code; read, never run. Each has
    the least weight that a given one has.

    Raises:
        PackageError: the code is a zip that cannot be read.
    """
    shown = Shown(project)
    given = [(event.name, reached_by(value_of(event), shown.routes)) for event in project.events]
    covering = {reach.key: name for name, reaches in reversed(given) for reach in reaches}
    weight = min((event.weight for event in project.events), default=1.0)
    there = (file.stem for folder in shown.folders for file in discover.events(folder))
    taken = {*there, *(event.name for event in project.events)}
    return tuple(
        EventProposal(
            event=Event(_payload(each), name=_name(each, taken), weight=weight),
            reaches=str(each.reach),
            place=each.place,
            covered_by=covering.get(each.reach.key, ""),
            file=each.file,
        )
        for each in _one_for_each(shown)
    )


def uncovered(project: Project) -> tuple[EventProposal, ...]:
    """Those that none of the given events covers. Raises as ``propose`` does."""
    return tuple(each for each in propose(project) if not each.covered_by)


def unreached(project: Project) -> tuple[str, ...]:
    """A sentence for each thing that no given event reaches, as far as they are few, the last with what to do."""
    missing = uncovered(project)
    if not missing:
        return ()
    said = [f"no event of yours reaches: {each.reaches} ({each.place})" for each in missing[:_SAID_MAX]]
    if len(missing) > _SAID_MAX:
        said[-1] = f"no event of yours reaches {len(missing) - _SAID_MAX + 1} more"
    path = os.path.relpath(project.template or project.folder)
    return (*said[:-1], f"{said[-1]}; headstart init {path} --events writes what is missing")


def _one_for_each(shown: Shown) -> list[Candidate]:
    """One for each thing that is reached: the event most certain to be right, at the place nearest to the code."""
    own, documented = list(shown.in_own_tests()), list(shown.in_documents())
    in_source, in_template = list(shown.in_source()), list(shown.in_template())
    by_nearness = (*in_source, *in_template, *documented, *own)
    by_trust = (*own, *documented, *in_source, *in_template)
    places = {each.reach.key: each.place for each in reversed(by_nearness)}
    best = {each.reach.key: each for each in reversed(by_trust)}
    keys = dict.fromkeys(each.reach.key for each in by_nearness)
    return [msgspec.structs.replace(best[key], place=places[key]) for key in keys]


def _payload(candidate: Candidate) -> bytes:
    if candidate.file is not None:
        return candidate.file.read_bytes()
    return json.dumps(candidate.event, indent=2, ensure_ascii=False).encode() + b"\n"


def _name(candidate: Candidate, taken: set[str]) -> str:
    """A name that no other event has; an event that lies there keeps its own."""
    if candidate.file is not None:
        return candidate.file.stem
    words = candidate.name or candidate.reach.name
    slug = _NOT_IN_NAMES.sub("-", words.lower()).strip("-")[:_NAME_CHARACTERS_MAX] or "event"
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name
