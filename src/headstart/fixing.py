"""Tries edits that are about speed on the function itself: what they save, and that it behaves as before."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from headstart.audit.fix import speed
from headstart.audit.fix.plan import plan
from headstart.audit.fix.speed import Fix
from headstart.engine import tree
from headstart.engine.clock import randomness
from headstart.engine.invoker import LocalInvoker
from headstart.errors import RequestError
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.measure import cold_start, paired
from headstart.measure.cost import cost
from headstart.model import tally
from headstart.model.finding import Finding
from headstart.model.fix import FixPlan, Trial
from headstart.model.invocation import InvocationReport, Invoker
from headstart.model.journaled import Journaled
from headstart.model.progress import Progress
from headstart.model.proof import ProofResult, Verdict
from headstart.model.results import ColdStartResult

# Pairs of environments: so many at a time, until it is plain whether the edits pay, or this often.
_PAIRS: Final = 8
_ROUNDS_MAX: Final = 3
_WARM: Final = 5
_STAGE: Final = "trying fixes"
# A client that is kept sends less: that calls differ, and nothing else, is what it is for.
_SENDS_LESS: Final = frozenset({"HS401"})
_NETWORK: Final = "network call"
# On Lambda credentials are there, and the metadata of an EC2 machine is not: looking for it would count as time saved.
_NO_METADATA: Final = {"AWS_EC2_METADATA_DISABLED": "true"}


class Trying(msgspec.Struct, frozen=True, kw_only=True):
    """How edits are tried: in a lab, on the function that ``function_of`` finds for a file."""

    open_lab: Callable[[Progress], Lab]
    function_of: Callable[[Path], Project]
    progress: Progress


async def tried(findings: Sequence[Finding], *, trying: Trying, unsafe: bool = False) -> FixPlan:
    """The edits of ``findings`` carried out on the files as they are now, but for those about speed that do not save
    time beyond noise, or change what the function does, or could not be tried.

    Raises:
        LabError: this machine or the lab itself fails.
    """
    planned = plan(findings, unsafe=unsafe)
    fixes = speed.fixes(planned.findings)
    trials = await _trials(fixes, trying)
    withdrawn = [finding for fix, trial in trials.items() if trial.withdrawn for finding in fix.findings]
    kept = plan([finding for finding in planned.findings if finding not in withdrawn], unsafe=True)
    return msgspec.structs.replace(planned, changes=kept.changes, trials=tuple(trials[fix] for fix in fixes))


async def _trials(fixes: Sequence[Fix], trying: Trying) -> dict[Fix, Trial]:
    """What came of each; those of one function are tried together."""
    trials: dict[Fix, Trial] = {}
    by_function: dict[Path, tuple[Project, list[Fix]]] = {}
    for fix in fixes:
        try:
            project = await asyncio.to_thread(trying.function_of, Path(fix.file))
            _require_code(project, fix)
        except RequestError as error:
            trials[fix] = _not_tried(fix, error)
        else:
            by_function.setdefault(project.spec.code.resolve(), (project, []))[1].append(fix)
    if not by_function:
        return trials
    async with trying.open_lab(trying.progress) as lab:
        with tally.stage(trying.progress, _STAGE, total=len(fixes) - len(trials)):
            for project, of_function in by_function.values():
                try:
                    trials |= await _Function(lab, project, progress=trying.progress).tried(of_function)
                except RequestError as error:
                    trials |= {fix: _not_tried(fix, error) for fix in of_function}
    return trials


def _require_code(project: Project, fix: Fix) -> None:
    code = project.spec.code.resolve()
    if not code.is_dir() or not Path(fix.file).resolve().is_relative_to(code):
        raise RequestError(f"it is not in the code of {project.spec.name}, {code}")


def _not_tried(fix: Fix, error: RequestError) -> Trial:
    return Trial(rule=fix.rule, file=fix.file, withdrawn=f"not measured: {error.message}")


class _Function:
    """One function with packages in which something is fixed."""

    def __init__(self, lab: Lab, project: Project, *, progress: Progress) -> None:
        self._lab = lab
        environment = {**_NO_METADATA, **project.spec.environment}
        self._project = _with(project, environment=environment)
        self._progress = progress

    async def tried(self, fixes: Sequence[Fix]) -> dict[Fix, Trial]:
        """What came of each: measured by itself, and proved together with the others that pay."""
        async with AsyncExitStack() as stack:
            old = await self._invoker(self._project, stack)
            failures = await self._without_failing_events(old)
            if not self._project.events:
                return {fix: _trial(fix, withdrawn=f"not measured: every event fails: {failures}") for fix in fixes}
            trials = {}
            for fix in fixes:
                trials[fix] = await self._measured(fix, old)
                self._progress.advance(_STAGE)
        paying = {fix: trial for fix, trial in trials.items() if not trial.withdrawn}
        return trials | (await self._proved(paying) if paying else {})

    async def _invoker(self, project: Project, stack: AsyncExitStack) -> LocalInvoker:
        invoker = await self._lab.invoker(project)
        stack.push_async_callback(invoker.close)
        return invoker

    async def _without_failing_events(self, invoker: Invoker) -> str:
        """Leave out the events that fail already; how they do."""
        reports = [await invoker.invoke(event, fresh=True) for event in self._project.events]
        answered = zip(self._project.events, reports, strict=True)
        events = tuple(event for event, report in answered if report.succeeded)
        self._project = msgspec.structs.replace(self._project, events=events)
        return "; ".join(tally.failures(reports))

    async def _measured(self, fix: Fix, old: Invoker) -> Trial:
        """In turn with the code as it is, in more rounds where it is not plain whether it pays."""
        rows: tuple[list[InvocationReport], list[InvocationReport]] = ([], [])
        saved_usd: list[Decimal] = []
        trial = _trial(fix)
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(TemporaryDirectory())
            package = await asyncio.to_thread(_laid, self._project, fix.findings, into=Path(folder) / "code")
            new = await self._invoker(self._on(package), stack)
            for _ in range(_ROUNDS_MAX):
                before, after = await self._round([Journaled(old, rows[0].append), Journaled(new, rows[1].append)])
                if after.failures:
                    return _trial(fix, withdrawn=f"with it the function fails: {'; '.join(after.failures)}")
                saved_usd.append(self._usd(before) - self._usd(after))
                trial = _trial(fix, gains=paired.gains(*rows), saves_usd=sum(saved_usd, Decimal(0)) / len(saved_usd))
                if _pays(trial) is not None:
                    break
        return trial if _pays(trial) else msgspec.structs.replace(trial, withdrawn=_no_gain(trial))

    async def _round(self, sides: Sequence[Invoker]) -> tuple[ColdStartResult, ...]:
        return await cold_start.measure_interleaved(
            sides,
            self._project.events,
            runs=_PAIRS,
            warm_per_environment=_WARM,
            shuffle=randomness(),
            progress=self._progress,
        )

    def _usd(self, measured: ColdStartResult) -> Decimal:
        return cost(measured, self._project.spec, traffic=self._project.traffic).total_per_million

    async def _proved(self, trials: dict[Fix, Trial]) -> dict[Fix, Trial]:
        """All together; where that differs, each by itself, and all of them if that shows nothing."""
        together = await self._proof([*trials])
        proofs = dict.fromkeys(trials, together)
        if together.verdict is Verdict.DIFFERENT and len(trials) > 1:
            alone = {fix: await self._proof([fix]) for fix in trials}
            if any(proof.verdict is Verdict.DIFFERENT for proof in alone.values()):
                proofs = alone
        return {fix: _doubted(trial, proofs[fix], events=len(self._project.events)) for fix, trial in trials.items()}

    async def _proof(self, fixes: Sequence[Fix]) -> ProofResult:
        findings = [finding for fix in fixes for finding in fix.findings]
        with TemporaryDirectory() as folder:
            package = await asyncio.to_thread(_laid, self._project, findings, into=Path(folder) / "code")
            return await self._lab.prove(self._project, self._on(package))

    def _on(self, package: Path) -> Project:
        return _with(self._project, code=package)


def _with(project: Project, **changes: Any) -> Project:
    return msgspec.structs.replace(project, spec=msgspec.structs.replace(project.spec, **changes))


def _laid(project: Project, findings: Sequence[Finding], *, into: Path) -> Path:
    """A copy of the function's code with the edits made."""
    code = project.spec.code.resolve()
    into.parent.chmod(0o755)
    into.mkdir()
    tree.copy(code, into)
    for change in plan(findings, unsafe=True).changes:
        (into / Path(change.file).resolve().relative_to(code)).write_bytes(change.after.encode())
    return into


def _trial(fix: Fix, **known: Any) -> Trial:
    return msgspec.structs.replace(Trial(rule=fix.rule, file=fix.file), **known)


def _pays(trial: Trial) -> bool | None:
    """Whether one phase is faster and the other not slower, or the sum of both cheaper; None where it is not plain."""
    phases = {paired.saves(trial.gains, name) for name in (paired.COLD, paired.WARM)}
    if phases == {True, False}:
        return trial.saves_usd is not None and trial.saves_usd > 0
    return True if True in phases else False if False in phases else None


def _no_gain(trial: Trial) -> str:
    worse = [name for name in (paired.COLD, paired.WARM) if paired.saves(trial.gains, name) is False]
    return f"it makes the {' and the '.join(worse)} slower" if worse else "it saves no time beyond noise"


def _doubted(trial: Trial, proof: ProofResult, *, events: int) -> Trial:
    """The trial with what the proof says of it."""
    trial = msgspec.structs.replace(trial, events=events)
    if proof.verdict is Verdict.UNDECIDED:
        reasons = [*(each.field for each in proof.volatile if each.decides), *proof.unseen]
        return msgspec.structs.replace(trial, doubt="; ".join(reasons))
    if proof.verdict is not Verdict.DIFFERENT:
        return trial
    first = proof.differences[0]
    said = f"{first.field} is {first.new}, not {first.old} ({first.place})"
    is_told = proof.differing == len(proof.differences)
    if trial.rule in _SENDS_LESS and is_told and all(each.field.startswith(_NETWORK) for each in proof.differences):
        return msgspec.structs.replace(trial, doubt=f"what it sends differs: {said}")
    return msgspec.structs.replace(trial, withdrawn=f"it changes what the function does: {said}")
