"""A snapshot and its restores as a script has them, and the result that comes of them."""

from decimal import Decimal

import msgspec

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import Succeeded
from headstart.model.snapstart import (
    Account,
    Concern,
    Hook,
    Restored,
    Seen,
    SnapshotFinding,
    SnapshotRun,
    SnapStartResult,
    Way,
)
from headstart.testing import report


def account(**changes):
    usual = Account(
        modules={"app": ("app.py", True), "lib.ids": ("lib/ids.py", False)},
        values={},
        open=(),
        threads=(),
        processes=(),
        tmp=(),
        generators={},
    )
    return msgspec.structs.replace(usual, **changes)


def answered(*payloads):
    return tuple(report(outcome=Succeeded(payload)) for payload in payloads)


def restored(*, changed=None, later=None, reports=None, **changes):
    """A restore that began with ``changed`` values and ended with ``later`` ones changed too."""
    began = Seen(changed or {}, (), {})
    ended = Seen({**began.changed, **(later or {})}, (), {})
    served = answered(b"1") if reports is None else reports
    return msgspec.structs.replace(Restored(began=began, ended=ended, reports=served), **changes)


class ScriptedSnapshots:
    """Snapshots that play a script; ``asked`` has the restores that were asked for."""

    def __init__(self, run, alone=None):
        self.run, self.alone = run, alone or SnapshotRun()
        self.asked = []

    async def snapshot(self, events, *, restores):
        self.asked.append(restores)
        return self.run if restores else self.alone

    def place(self, path, name):
        return f"{path}:7"


def snapstart_result(**changes):
    """One of each: unsafe twice alike, worth knowing, hooks, ways."""
    unique = SnapshotFinding(
        concern=Concern.UNIQUE,
        is_unsafe=True,
        name="app.<ID>",
        evidence="the same in 2 restores",
        remedy="make it in the handler",
        place="app.py:4",
    )
    thread = SnapshotFinding(
        concern=Concern.THREAD, is_unsafe=False, name="refresh", evidence="it runs on", remedy="end it"
    )
    model = Way(
        name="SnapStart",
        p50_ms=560.0,
        p99_ms=1_290.0,
        usd_month=Decimal("3.87"),
        is_model=True,
        low_ms=260.0,
        high_ms=1_260.0,
        why="a restore of 500 ms",
    )
    usual = SnapStartResult(
        findings=(unique, msgspec.structs.replace(unique, name="app.TOKEN", place="app.py:5"), thread),
        excluded=(),
        before=(Hook("app.close", "app.py:9", 1.25),),
        after=(Hook("app.connect", "app.py:12", 40.5, "OSError"),),
        after_ms=(40.5, 44.0),
        restores=2,
        events=3,
        ways=(Way(name="on demand", p50_ms=900.0, p99_ms=990.0, usd_month=Decimal("1.25")), model),
        break_even_s=8.39,
        verdict="Undecided: only AWS can show it.",
        caveats=(Caveat(CaveatCode.FORKED, "refresh"),),
    )
    return msgspec.structs.replace(usual, **changes)
