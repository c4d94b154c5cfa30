"""``headstart invoke``: runs a function; the response on stdout, its log on stderr."""

import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import output, progress
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import EVENT_HELP, FunctionFlags, OpenLab, ProjectPath, overrides
from headstart.cli.parse import positive
from headstart.cli.template_flags import TemplateFlags
from headstart.engine.clock import SystemClock
from headstart.infra import config_file
from headstart.infra.project import Project
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import InvocationReport
from headstart.model.sample import summarize


class InvokeFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How to invoke."""

    event: Annotated[str, Option("--event", "-e", metavar="EVENT", help=EVENT_HELP)] = "{}"
    cold: Annotated[bool, Option("--cold", help="Each invocation in a new execution environment.")] = False
    count: Annotated[
        int, Option("--count", metavar="N", parser=positive, help="Invocations, one after the other; 1 or more.")
    ] = 1
    json: Annotated[bool, Option("--json", help="Print all that is known of an invocation, one JSON a line.")] = False


class Tally(msgspec.Struct):
    """What is kept of many invocations."""

    durations_ms: list[float] = []
    inits_ms: list[float] = []
    failures: int = 0
    caveats: dict[CaveatCode, Caveat] = {}

    def add(self, report: InvocationReport) -> None:
        """Count one more."""
        self.durations_ms.append(report.duration_ms)
        self.inits_ms += [report.init.init_ms] if report.init else []
        self.failures += not report.succeeded
        self.caveats = {caveat.code: caveat for caveat in report.caveats} | self.caveats


async def invoke(
    path: ProjectPath, *, open_lab: OpenLab, template: TemplateFlags, function: FunctionFlags, flags: InvokeFlags
) -> int:
    """Invoke a function under Lambda's rules: the response on stdout, the log on stderr."""
    given = msgspec.structs.replace(overrides(function, template), events=(flags.event,))
    project = config_file.resolve(path, given)
    output.notes(project.said)
    tally = Tally()
    try:
        await _invoke_all(project, open_lab, flags=flags, tally=tally)
    finally:
        output.notes(_closing_words(tally))
    return ExitCode.FINDING if tally.failures else ExitCode.OK


async def _invoke_all(project: Project, open_lab: OpenLab, *, flags: InvokeFlags, tally: Tally) -> None:
    async with open_lab(progress.to(sys.stderr, ticks_ns=SystemClock().ticks_ns)) as lab:
        invoker = await lab.invoker(project)
        for _ in range(flags.count):
            report = await invoker.invoke(project.events[0], fresh=flags.cold)
            tally.add(report)
            _show(report, as_json=flags.json)


def _show(report: InvocationReport, *, as_json: bool) -> None:
    for line in report.log:
        output.say(sys.stderr, line.text)
    output.write(sys.stdout, (msgspec.json.encode(report) if as_json else report.outcome.payload) + b"\n")


def _closing_words(tally: Tally) -> Iterator[str]:
    for caveat in tally.caveats.values():
        yield f"{caveat.advice} ({caveat.detail})" if caveat.detail else caveat.advice
    if len(tally.durations_ms) > 1:
        yield _summary(tally)


def _summary(tally: Tally) -> str:
    parts = [_figures("duration", tally.durations_ms)]
    if tally.inits_ms:
        parts.append(_figures("init", tally.inits_ms))
    if tally.failures:
        parts.append(f"{tally.failures} failed")
    return "; ".join(parts)


def _figures(what: str, sample_ms: list[float]) -> str:
    figures = summarize(sample_ms)
    return f"{what} median {figures.median:.2f} ms, p90 {figures.p90:.2f} ms, n = {figures.n}"
