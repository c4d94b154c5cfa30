"""SnapStart measured with scripted snapshots: what is shared, when nothing can be seen, and what it costs."""

from decimal import Decimal

import msgspec
import pytest
from measure_fixture import EVENTS, Listener, cold_start, cost, spec
from snapstart_fixture import ScriptedSnapshots, account, answered, restored

from headstart.measure.snapshot_findings import findings
from headstart.measure.snapstart import STAGE, measure
from headstart.model.caveats import CaveatCode
from headstart.model.function import Architecture, InitializationType, MemorySize
from headstart.model.invocation import OutOfMemory, TimedOut
from headstart.model.snapstart import Concern, Hook, Restored, Seen, SnapshotRun
from headstart.testing import report

READY = spec(1024, runtime="python3.13")
UNIQUE = {"app:ID": ("value", "a", True)}
OTHER = SnapshotRun(snapshot=account(values={"app:ID": ("value", "b", True)}), alone=answered(b"2"))


async def measured(snapshots, *, spec=READY, progress=None, **changes):
    listener = progress or Listener()
    parts = {"cold": cold_start(), "cost": cost(), **changes}
    return await measure(snapshots, EVENTS, spec=spec, progress=listener, **parts)


def found(run, alone=OTHER):
    return findings(run, alone, place=lambda path, _: path)


def snapped(values=UNIQUE, *restores, **changes):
    return SnapshotRun(snapshot=account(values=values, **changes), restores=restores or (restored(), restored()))


def test_a_value_of_its_own_that_restores_share_is_unsafe():
    (unique,) = found(snapped())
    assert (unique.concern, unique.name, unique.place, unique.is_unsafe) == (Concern.UNIQUE, "app.ID", "app.py", True)


@pytest.mark.parametrize(
    "run",
    [
        snapped({"app:ID": ("value", "b", True)}),
        snapped(UNIQUE, restored(changed={"app:ID": "c"}), restored(changed={"app:ID": "d"})),
        snapped(UNIQUE, *[restored(changed={"app:ID": "c"})] * 2),
        snapped(UNIQUE, restored(later={"app:ID": "c"}), restored(later={"app:ID": "d"})),
        snapped({"app:LATER": ("value", "a", True)}),
    ],
    ids=[
        "every init makes it",
        "hooks make it again",
        "hooks make it the same",
        "events make it again",
        "another init has none",
    ],
)
def test_a_value_that_each_restore_makes_or_every_init_makes_alike_is_safe(run):
    assert found(run) == ()


def test_a_generator_that_restores_draw_alike_from_is_unsafe():
    generator = {"app:RNG": ("random", "a", True)}
    other = SnapshotRun(snapshot=account(values={"app:RNG": ("random", "b", True)}))
    drawn = restored(later={"app:RNG": "c"})
    assert [each.concern for each in found(snapped(generator, drawn, drawn), other)] == [Concern.RANDOM]


@pytest.mark.parametrize(
    ("drawn", "seeded", "names"), [("b", "c", ["random"]), ("a", "c", []), ("b", "a", [])], ids=["", "idle", "by all"]
)
def test_the_generator_of_the_process_matters_once_drawn_from_unless_every_init_seeds_it(drawn, seeded, names):
    each = Restored(began=Seen({}, (), {"random": "a"}), ended=Seen({}, (), {"random": drawn}))
    other = SnapshotRun(snapshot=account(generators={"random": seeded}))
    assert [finding.name for finding in found(snapped({}, each, each, generators={"random": "a"}), other)] == names


@pytest.mark.parametrize(("later", "names"), [({}, []), ({"lib.ids:RNG": "c"}, ["lib.ids.RNG"])])
def test_a_third_party_generator_matters_once_events_draw_from_it(later, names):
    generator = {"lib.ids:RNG": ("random", "a", False)}
    other = SnapshotRun(snapshot=account(values={"lib.ids:RNG": ("random", "b", False)}))
    each = restored(later=later)
    seen = found(snapped(generator, each, each), other)
    assert [(finding.name, finding.is_unsafe) for finding in seen] == [(name, False) for name in names]


def test_values_of_one_global_or_third_party_package_are_one_finding():
    names = ("app:A.x", "app:A['y']", "lib.ids:ONE", "lib.more:TWO", "app:SAME")
    modules = {"app": ("app.py", True), "lib.ids": ("lib/ids.py", False), "lib.more": ("lib/more.py", False)}
    values = {name: ("value", name[-3:], name.startswith("app")) for name in names}
    values["app:SAME"] = values["app:A.x"]  # one value by two names
    other = {name: (kind, digest + "'", is_own) for name, (kind, digest, is_own) in values.items()}
    run = snapped(values, modules=modules)
    seen = found(run, SnapshotRun(snapshot=account(values=other, modules=modules)))
    assert [(finding.name, finding.is_unsafe) for finding in seen] == [("app.A.x", True), ("lib.ids.ONE", False)]
    assert [finding.evidence.rpartition("; ")[2] for finding in seen] == ["and 1 more in app.A", "and 1 more in lib"]


def test_credentials_age_even_where_every_init_gets_the_same():
    kept = {"lib.ids:LEASE": ("credentials", "a", False), "app:CLIENT._token": ("credentials", "b", False)}
    seen = found(snapped(kept), SnapshotRun(snapshot=account(values=kept)))
    assert [(finding.name, finding.is_unsafe) for finding in seen] == [
        ("app.CLIENT._token", True),
        ("lib.ids.LEASE", False),
    ]


@pytest.mark.parametrize(
    ("payloads", "name"),
    [
        ((b'{"id":"0123456789"}', b'{"id":"0123456789"}', b'{"id":"9876543210"}'), "event: id"),
        ((b'[[{"n":0.123456789}]]',) * 2 + (b'[[{"n":0.98}]]',), "event: [0][0].n"),
        ((b'"0123456789"', b'"0123456789"', b'"9876543210"'), "event: the answer"),
        ((b"0123456789", b"0123456789", b"9876543210"), "event: the answer"),
        ((b'{"id":"0123456789"}', b'{"id":"1123456789"}', b'{"id":"9876543210"}'), None),
        ((b'{"ms":1.25}', b'{"ms":1.25}', b'{"ms":1.5}'), None),
        ((b'{"id":"0123456789"}',) * 3, None),
    ],
)
def test_an_answer_that_only_restores_share_is_unsafe(payloads, name):
    first, second, own = (answered(payload) for payload in payloads)
    run = snapped({}, restored(reports=first), restored(reports=second))
    seen = found(run, SnapshotRun(snapshot=account(), alone=own))
    assert [finding.name for finding in seen] == ([name] if name else [])


@pytest.mark.parametrize(
    ("threads", "is_unsafe"),
    [((), True), ((("poll", "app.py:3"),), False), ((("t", "headstart_kit/termination.py:8"),), True)],
)
def test_an_event_that_times_out_may_wait_for_a_thread_that_only_the_fork_has_not(threads, is_unsafe):
    late = (report(outcome=TimedOut(b"", 3)),)
    run = snapped({}, restored(reports=late), restored(reports=late), threads=threads)
    seen = [finding for finding in found(run) if finding.concern is Concern.EVENT]
    assert [finding.is_unsafe for finding in seen] == [is_unsafe]


def test_an_event_that_runs_out_of_memory_may_do_so_beside_the_process_that_was_forked():
    full = (report(outcome=OutOfMemory(b"", 128)),)
    (seen,) = found(snapped({}, restored(reports=full)))
    assert (seen.concern, seen.is_unsafe) == (Concern.EVENT, False)
    assert seen.evidence.startswith("Runtime.OutOfMemory (1 x) in 1 restore;")


async def test_snapshots_are_taken_twice_and_progress_is_told():
    snapshots, progress = ScriptedSnapshots(snapped(), OTHER), Listener()
    result = await measured(snapshots, progress=progress)
    assert snapshots.asked == [2, 0]
    assert (result.restores, result.events, [each.place for each in result.unsafe]) == (2, 2, ["app.py:7"])
    assert progress.told == [("start", STAGE, 2), ("advance", STAGE, 1), ("advance", STAGE, 1), ("finish", STAGE)]


@pytest.mark.parametrize(
    "run",
    [
        SnapshotRun(failure="ValueError: no table"),
        SnapshotRun(before=(Hook("app.close", "app.py:3", 1.0, "OSError"),)),
        SnapshotRun(snapshot=account(), restores=(Restored(after=(Hook("app.load", "", 9e3),), late=True),)),
    ],
    ids=["init fails", "a hook before fails", "hooks after are late"],
)
async def test_without_a_restored_snapshot_no_other_environment_is_made(run):
    snapshots = ScriptedSnapshots(run)
    result = await measured(snapshots)
    assert snapshots.asked == [2]
    assert (bool(result.unobserved), bool(result.findings)) == (bool(run.failure), not run.failure)


async def test_where_no_snapshot_can_be_taken_the_cost_is_told_all_the_same():
    result = await measured(None)
    assert "Linux" in result.unobserved
    assert [way.name for way in result.ways] == ["on demand", "SnapStart", "provisioned"]


async def test_the_bill_by_hand():
    after = Restored(after=(Hook("a", "", 30.0), Hook("b", "", 10.0)))
    run = SnapshotRun(snapshot=account(), restores=(after, after))
    demand, snapshot, provisioned = (await measured(ScriptedSnapshots(run))).ways
    assert (demand.usd_month, demand.p50_ms, demand.is_model) == (Decimal("0.6"), 860.0, False)
    # 0.6 without init is 0.53; 10,000 restores of 1 GB with 40 ms of hooks; 1 GB kept for 30 days.
    restores = 10_000 * (Decimal("0.0001397998") + Decimal("0.04") * Decimal("0.0000166667"))
    assert snapshot.usd_month == Decimal("0.53") + (restores + Decimal("0.0000015046") * 2_592_000).quantize(
        Decimal("1e-6")
    )
    assert (snapshot.low_ms, snapshot.p50_ms, snapshot.high_ms) == (300.0, 600.0, 1_300.0)
    # 1,000,000 x 40 ms are 40,000 s: one environment is enough.
    ready = Decimal("0.0000041667") * 2_592_000 + 40_000 * Decimal("0.0000097222")
    assert provisioned.usd_month == Decimal("0.2") + ready.quantize(Decimal("1e-6"))
    assert provisioned.p50_ms == 60.0


@pytest.mark.parametrize(
    ("init_ms", "said"),
    [(150.0, "Leave SnapStart off"), (700.0, "Undecided"), (2_000.0, "about 800 to 1,800 ms sooner")],
)
async def test_the_verdict_holds_over_all_that_a_restore_may_take(init_ms, said):
    result = await measured(None, cold=cold_start(init_ms))
    assert said in result.verdict
    assert "a month" in result.verdict


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"runtime": "python3.11"}, "the runtime is python3.11"),
        ({"ephemeral_storage_mb": 1024}, "ephemeral storage is 1,024 MB"),
        ({"initialization": InitializationType.PROVISIONED_CONCURRENCY}, "provisioned concurrency"),
    ],
)
async def test_what_rules_snapstart_out_is_said(changes, said):
    result = await measured(None, spec=msgspec.structs.replace(READY, **changes))
    assert len(result.excluded) == 1
    assert said in result.excluded[0]
    assert said in result.verdict
    assert (await measured(None)).excluded == ()


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 8.388),
        ({"memory": MemorySize(128)}, 8.388),
        ({"architecture": Architecture.ARM64}, 10.485),
        ({"region": "ap-northeast-2"}, 10.048),
    ],
)
async def test_a_restore_costs_as_much_as_seconds_of_init(changes, seconds):
    result = await measured(None, spec=msgspec.structs.replace(READY, **changes))
    assert result.break_even_s == pytest.approx(seconds, abs=0.001)


async def test_doubt_goes_with_it():
    run = snapped({}, threads=(("poll", "app.py:3"),), cut=12)
    result = await measured(ScriptedSnapshots(run, OTHER))
    assert [caveat.code for caveat in result.caveats] == [CaveatCode.MODEL, CaveatCode.FORKED, CaveatCode.VALUES_CUT]
    frankfurt = await measured(None, spec=msgspec.structs.replace(READY, region="eu-central-1"))
    assert "eu-central-1" in frankfurt.caveats[1].detail


async def test_without_cold_starts_nothing_is_compared():
    none = msgspec.structs.replace(cold_start().init, n=0)
    result = await measured(None, cold=cold_start(init=none))
    assert (result.ways, result.verdict.startswith("No cold start")) == ((), True)
