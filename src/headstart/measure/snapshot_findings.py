"""What a snapshot keeps that its restores should not share, or lose: hooks, connections, files, threads, processes."""

from collections.abc import Iterator
from typing import Final

from headstart.measure.snapshot_answers import answers, events
from headstart.measure.snapshot_values import Place, generators, shown, values
from headstart.model import limits
from headstart.model.snapstart import Account, Concern, Open, SnapshotFinding, SnapshotRun

_REOPEN: Final = (
    "close it in register_before_snapshot and open it in register_after_restore; headstart_kit.resource(…, "
    'eager="auto", close=…) does both'
)
_RESTART: Final = "end it in register_before_snapshot and start it in register_after_restore"


def findings(run: SnapshotRun, alone: SnapshotRun, *, place: Place) -> tuple[SnapshotFinding, ...]:
    """All of them, what is unsafe first. ``alone`` was initialised separately and went on by itself."""
    failing = tuple(events(run, alone))
    found = [*_hooks(run), *failing]
    if all(restore.ended for restore in run.restores):
        found += [*answers(run, alone), *values(run, alone, place=place), *generators(run, alone)]
    if run.snapshot is not None:
        found += [*_files(run.snapshot), *_running(run.snapshot)]
        found += _connections(run, run.snapshot, has_failing=bool(failing), place=place)
    return tuple(sorted(found, key=lambda finding: not finding.is_unsafe))


def _hooks(run: SnapshotRun) -> Iterator[SnapshotFinding]:
    after = run.restores[0].after if run.restores else ()
    for hooks, when in ((run.before, "publishing a version fails"), (after, "the invocation that it is for fails")):
        for hook in hooks:
            if hook.error:
                yield SnapshotFinding(
                    concern=Concern.HOOK,
                    is_unsafe=True,
                    name=hook.name,
                    evidence=f"it raised {hook.error}: {when}",
                    remedy="catch it: what a hook raises ends the environment",
                    place=hook.place,
                )
    if any(restore.late for restore in run.restores):
        yield SnapshotFinding(
            concern=Concern.HOOK,
            is_unsafe=True,
            name="register_after_restore",
            evidence=f"these hooks did not end within {limits.SNAP_START_RESTORE_S} s, their limit together with the "
            "loading of the runtime: SnapStartTimeoutException",
            remedy="do less in them: what an event may never need belongs in the handler",
        )


def _connections(run: SnapshotRun, snapshot: Account, *, has_failing: bool, place: Place) -> Iterator[SnapshotFinding]:
    for entry in snapshot.open:
        began = [restore for restore in run.restores if restore.began and entry.fd in restore.began.dead]
        if entry.kind != "connection" or not began:
            continue
        is_left = any(restore.ended and entry.fd in restore.ended.dead for restore in began)
        noticed = "given up while events failed" if has_failing else "which the events noticed by themselves"
        then = "still held after the events" if is_left else noticed
        yield SnapshotFinding(
            concern=Concern.CONNECTION,
            is_unsafe=is_left or has_failing,
            name=_holder(entry),
            evidence=f"{entry.what} is open in the snapshot and dead in each restore, {then}",
            remedy=_REOPEN,
            place=entry.made_at or _place_of(entry, snapshot, place=place),
        )


def _files(snapshot: Account) -> Iterator[SnapshotFinding]:
    opened = [entry for entry in snapshot.open if entry.kind == "file"]
    for entry in opened:
        yield SnapshotFinding(
            concern=Concern.FILE,
            is_unsafe=entry.mode != "read",
            name=_holder(entry),
            evidence=f"{entry.what}, open to {entry.mode}: each restore goes on in its own copy, at the same position",
            remedy="open it in the handler, or close it in register_before_snapshot",
            place=entry.made_at,
        )
    for path, size_bytes in snapshot.tmp:
        if path not in {entry.what for entry in opened}:
            yield SnapshotFinding(
                concern=Concern.TMP,
                is_unsafe=False,
                name=path,
                evidence=f"{size_bytes:,} bytes from init: each restore has a copy, as old as the snapshot",
                remedy="nothing, unless what is in it ages or has to be the environment's own",
            )


def _running(snapshot: Account) -> Iterator[SnapshotFinding]:
    for concern, running in ((Concern.THREAD, snapshot.own_threads), (Concern.PROCESS, snapshot.processes)):
        for name, at in running:
            yield SnapshotFinding(
                concern=concern,
                is_unsafe=False,
                name=name,
                evidence="it runs on in each restore: time has passed, and what it waits for may be gone",
                remedy=_RESTART,
                place=at,
            )


def _holder(entry: Open) -> str:
    return shown(entry.names[0]) if entry.names else entry.what


def _place_of(entry: Open, snapshot: Account, *, place: Place) -> str:
    if not entry.names:
        return ""
    module = entry.names[0].partition(":")[0]
    return place(snapshot.modules[module][0], entry.names[0])
