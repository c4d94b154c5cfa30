"""Whether a function is ready for SnapStart: its snapshot restored twice, beside an environment by itself."""

from collections.abc import Iterator, Sequence
from typing import Final

from headstart.measure.snapshot_findings import findings
from headstart.measure.snapstart_cost import Start, break_even_s, verdict, ways
from headstart.model import limits, tally
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.function import FunctionSpec, InitializationType
from headstart.model.invocation import Event
from headstart.model.progress import Progress
from headstart.model.results import ColdStartResult, CostResult
from headstart.model.sample import median
from headstart.model.snapstart import SnapshotRun, Snapshots, SnapStartResult

STAGE: Final = "snapshots"
# Two show what restores share; more would show the same.
_RESTORES: Final = 2
_NOT_HERE: Final = "snapshots are taken on Linux only, and of functions that AWS's Python runtime client runs"


async def observe(
    snapshots: Snapshots | None, events: Sequence[Event], *, progress: Progress
) -> tuple[SnapshotRun, SnapshotRun]:
    """The run of a snapshot that is restored, and that of an environment which goes on by itself."""
    if snapshots is None:
        return SnapshotRun(failure=_NOT_HERE), SnapshotRun()
    with tally.stage(progress, STAGE, total=2):
        run = await snapshots.snapshot(events, restores=_RESTORES)
        progress.advance(STAGE)
        if run.snapshot is None or any(restore.late for restore in run.restores):
            return run, SnapshotRun()  # by itself it would fare no better, or wait for hooks that do not end
        alone = await snapshots.snapshot(events, restores=0)
        progress.advance(STAGE)
    return run, alone


async def measure(
    snapshots: Snapshots | None,
    events: Sequence[Event],
    *,
    spec: FunctionSpec,
    cold: ColdStartResult,
    cost: CostResult,
    progress: Progress,
) -> SnapStartResult:
    """Observe what snapshots keep, and set what SnapStart costs beside the other ways to start."""
    run, alone = await observe(snapshots, events, progress=progress)
    after_ms = tuple(sum(hook.ms for hook in restore.after) for restore in run.restores)
    start = Start(cold=cold, spec=spec, cost=cost, after_ms=median(after_ms) if after_ms else 0.0)
    ruled_out, compared = tuple(excluded(spec)), ways(start)
    return SnapStartResult(
        findings=findings(run, alone, place=snapshots.place) if snapshots else (),
        excluded=ruled_out,
        before=run.before,
        after=run.restores[0].after if run.restores else (),
        after_ms=after_ms,
        restores=len(run.restores),
        events=len(events),
        ways=compared,
        break_even_s=break_even_s(spec),
        verdict=verdict(compared, ruled_out),
        unobserved=run.failure,
        caveats=tuple(_caveats(run, spec)),
    )


def excluded(spec: FunctionSpec) -> Iterator[str]:
    """A sentence for each setting of the function that SnapStart does not go with; those of templates are HS106, HS114.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html (2026-11-25).
    """
    if spec.runtime not in limits.SNAP_START_PYTHON_RUNTIMES:
        yield f"the runtime is {spec.runtime}; SnapStart has {', '.join(limits.SNAP_START_PYTHON_RUNTIMES)}"
    if spec.ephemeral_storage_mb > limits.EPHEMERAL_STORAGE_MB_MIN:
        size = f"{spec.ephemeral_storage_mb:,} MB"
        yield f"ephemeral storage is {size}; SnapStart supports {limits.EPHEMERAL_STORAGE_MB_MIN} MB"
    if spec.initialization is InitializationType.PROVISIONED_CONCURRENCY:
        yield "it has provisioned concurrency; a version has that or SnapStart"


def _caveats(run: SnapshotRun, spec: FunctionSpec) -> Iterator[Caveat]:
    yield Caveat(CaveatCode.MODEL, "the time of a restore on AWS")
    if spec.region != "us-east-1":
        yield Caveat(
            CaveatCode.MODEL, f"SnapStart's prices in {spec.region}: those of us-east-1 where no other is known"
        )
    if run.snapshot is None:
        return
    if run.snapshot.own_threads:
        names = ", ".join(name for name, _ in run.snapshot.own_threads[:3])
        yield Caveat(CaveatCode.FORKED, names)
    if run.snapshot.cut:
        yield Caveat(CaveatCode.VALUES_CUT, f"{run.snapshot.cut:,} more")
