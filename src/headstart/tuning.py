"""Tunes the memory size of a function in a lab, or of one on AWS."""

import datetime
from collections.abc import Sequence
from typing import Final

import msgspec

from headstart.aws.threads import abandonable
from headstart.engine.clock import SystemClock, randomness
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.measure.check import CheckOptions
from headstart.model.invocation import Event, Invoker
from headstart.model.journaled import Keep
from headstart.model.progress import Progress
from headstart.model.results import Traffic
from headstart.model.tuning import TuneOptions, TuneResult
from headstart.tune import search
from headstart.tune.subject import Session

_CLOCK: Final = SystemClock()


async def tune(lab: Lab, project: Project, *, options: TuneOptions, keep: Keep, progress: Progress) -> TuneResult:
    """Search for the best memory size of a function on this machine, with its services; ``keep`` gets each report.

    Sizes with more vCPUs than this machine are predicted. Cancelled, it returns what was found so far.

    Raises:
        RequestError: as ``tune.search.tune``, or the function cannot be run.
        LabError: this machine or the lab itself fails.
    """
    here = lab.session(CheckOptions())
    session = Session(
        created=here.created,
        source=str(project.spec.code),
        host=here.host,
        traffic=project.traffic,
        progress=progress,
        keep=keep,
        ticks_ns=_CLOCK.ticks_ns,
        randomness=randomness,
        aside=abandonable,
    )
    options = msgspec.structs.replace(options, cpus=here.host.cpus)
    return await search.tune(await lab.invoker(project), project.events, options=options, session=session)


async def tune_deployed(
    invoker: Invoker,
    events: Sequence[Event],
    *,
    options: TuneOptions,
    traffic: Traffic,
    keep: Keep,
    progress: Progress,
) -> TuneResult:
    """The same for a function on AWS, where every invocation is paid for and any size can be measured.

    Raises:
        RequestError: as ``tune.search.tune``, or AWS refuses.
    """
    session = Session(
        created=datetime.datetime.fromtimestamp(_CLOCK.now_s(), datetime.UTC).isoformat(timespec="seconds"),
        source=invoker.spec.arn,
        host=None,
        traffic=traffic,
        progress=progress,
        keep=keep,
        ticks_ns=_CLOCK.ticks_ns,
        randomness=randomness,
        aside=abandonable,
    )
    return await search.tune(invoker, events, options=options, session=session)
