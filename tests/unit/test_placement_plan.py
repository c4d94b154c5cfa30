"""The plan: what most first invocations need goes into init with what comes along, where it is sooner and no dearer."""

import io

import pytest

from headstart.model.function import InitializationType, MemorySize
from headstart.model.placement import LAW_ERROR_RATIO, LAW_ERROR_SHORT_RATIO, Conditions, Place
from headstart.model.preloading import Expression, FirstInvocation, FirstUse, FirstUses, PlacementPlan, UseKind
from headstart.optimize.placement.plan import OVERHEAD_MS, plan
from headstart.report import placement_as_text
from headstart.report.terminal import open_console


def use(name: str, ms: float, cause: str = "", kind: UseKind = UseKind.MODULE) -> FirstUse:
    return FirstUse(kind=kind, name=name, ms=ms, cause=cause)


DRAWING = (use("drawing", 30.0), use("drawing.lines", 10.0, "drawing"), use("drawing.fonts", 20.0, "drawing"))
COLOURS = FirstUse(kind=UseKind.EXPRESSION, name="#[0-9]+", ms=1.0, expression=Expression(pattern="#[0-9]+"))
COMPUTED = FirstUse(kind=UseKind.EXPRESSION, name="app.py:4", ms=1.0)
TLS = use("TLS context", 8.0, kind=UseKind.SDK)
RARE = (use("archive", 15.0), use("encodings.cp437", 2.0, "archive", UseKind.CODEC))


def invocation(event: str, *uses: FirstUse, weight: float = 1.0, init_ms: float = 200.0) -> FirstInvocation:
    taken_ms = 50.0 + sum(each.ms for each in uses)
    return FirstInvocation(
        event=event, weight=weight, init_ms=init_ms, wall_ms=taken_ms + 5, cpu_ms=taken_ms, again_ms=45.0, uses=uses
    )


SEEN = FirstUses(
    (
        invocation("lines", *DRAWING, COLOURS, COMPUTED, TLS),
        invocation("bars", *DRAWING, COLOURS, COMPUTED, TLS),
        invocation("packed", *RARE, *DRAWING, TLS),
    ),
    ("sqs",),
)


def planned(
    memory_mb: int = 512,
    *,
    seen: FirstUses = SEEN,
    initialization: InitializationType = InitializationType.ON_DEMAND,
    withdrawn: frozenset[str] = frozenset(),
) -> PlacementPlan:
    return plan(seen, Conditions(memory=MemorySize(memory_mb), initialization=initialization), withdrawn=withdrawn)


def preloaded(found: PlacementPlan) -> list[str]:
    return [step.name for step in found.preloaded]


def why(found: PlacementPlan) -> dict[str, str]:
    return {step.name: step.why for step in found.steps}


def test_what_most_need_goes_into_init_with_what_comes_along() -> None:
    found = planned()

    assert preloaded(found) == ["drawing", "#[0-9]+"]
    drawing = found.preloaded[0]
    assert drawing.names == ("drawing", "drawing.lines", "drawing.fonts")
    assert (drawing.ms, drawing.needed_ratio) == (60.0, pytest.approx(1.0))
    assert found.preloaded[1].expression == COLOURS.expression
    assert found.preloaded_ms == 61.0 + OVERHEAD_MS


def test_the_rest_is_left_for_a_reason() -> None:
    assert why(planned()) == {
        "drawing": "sooner and no dearer in init",
        "#[0-9]+": "sooner and no dearer in init",
        "app.py:4": "the pattern is computed",
        "TLS context": "no public way to do it ahead",
        "archive": "too few need it",
    }


def test_first_answers_before_and_after() -> None:
    """At 512 MB a millisecond of CPU in the handler takes 1769 / 512; the 5 ms of waiting take as long anywhere."""
    found = planned()
    slower = 1769 / 512

    assert found.now.p50_ms == pytest.approx(200 + 5 + 120 * slower)
    assert found.planned.p50_ms == pytest.approx(200 + found.preloaded_ms + 5 + 59 * slower)
    assert found.now.p99_ms == pytest.approx(200 + 5 + 135 * slower)
    assert found.planned.p99_ms == pytest.approx(200 + found.preloaded_ms + 5 + 75 * slower)
    assert found.planned.error_ms == pytest.approx(59 * slower * LAW_ERROR_RATIO)
    assert found.saved_usd_month > 0


def test_from_a_full_vcpu_on_nothing_is_moved() -> None:
    found = planned(1769)

    assert preloaded(found) == []
    assert found.planned == found.now
    assert found.planned.error_ms == found.preloaded_ms == found.saved_usd_month == 0
    assert why(found)["drawing"] == "no sooner in init"


def test_all_that_is_used_belongs_before_the_snapshot() -> None:
    found = planned(1769, initialization=InitializationType.SNAP_START)

    assert preloaded(found) == ["drawing", "#[0-9]+", "archive"]
    assert (found.now.p99_ms, found.planned.p99_ms) == (pytest.approx(5 + 135), pytest.approx(5 + 59))


def test_what_seeds_its_generator_stays_out_of_a_snapshot() -> None:
    seen = FirstUses((invocation("any", *DRAWING, use("tempfile", 20.0), use("random", 20.0, "tempfile")),))

    shared = planned(seen=seen, initialization=InitializationType.SNAP_START)

    assert preloaded(shared) == ["drawing"]
    assert why(shared)["tempfile"] == "all restores would draw the same numbers"
    assert preloaded(planned(seen=seen)) == ["drawing", "tempfile"]


def test_events_count_by_their_weight() -> None:
    often = FirstUses((invocation("lines", *DRAWING), invocation("packed", *RARE, weight=9.0)))

    assert preloaded(planned(seen=often)) == ["archive"]


def test_a_module_that_stays_leaves_those_that_others_load_too() -> None:
    seen = FirstUses(
        (invocation("a", use("rare", 5.0), use("shared", 5.0, "rare")), invocation("b", use("shared", 5.0)))
    )

    found = planned(seen=seen)

    assert {step.name: step.place for step in found.steps} == {"rare": Place.HANDLER, "shared": Place.INIT}


def test_what_was_withdrawn_stays_with_all_that_came_along() -> None:
    seen = FirstUses((invocation("any", *DRAWING, use("other", 40.0)),))

    found = planned(seen=seen, withdrawn=frozenset({"drawing"}))

    assert preloaded(found) == ["other"]
    assert why(found)["drawing"] == "found to change the function"
    assert found.preloaded_ms == 40.0 + OVERHEAD_MS


def test_what_cannot_be_told_from_noise_is_not_worth_it() -> None:
    """At 512 MB p50 is about 380 ms, and each ms of the handler saves 2.2 at least."""
    tried = {ms: planned(seen=FirstUses((invocation("any", use("small", ms)),))) for ms in (3.0, 4.0)}

    assert {ms: why(found)["small"] for ms, found in tried.items()} == {
        3.0: "too little to tell from noise",
        4.0: "sooner and no dearer in init",
    }


def test_init_that_is_near_its_limit_gets_no_longer() -> None:
    seen = FirstUses((invocation("any", use("heavy", 300.0), init_ms=4_750.0),))

    found = planned(seen=seen)

    assert preloaded(found) == []
    assert why(found)["heavy"] == "init would come near its limit"
    assert preloaded(planned(seen=seen, initialization=InitializationType.PROVISIONED_CONCURRENCY)) == ["heavy"]


def test_the_law_is_further_off_for_short_invocations() -> None:
    short = FirstInvocation(event="any", weight=1.0, init_ms=100.0, wall_ms=9.0, cpu_ms=9.0, again_ms=1.0)

    assert planned(seen=FirstUses((short,))).conditions.law_error_ratio == LAW_ERROR_SHORT_RATIO
    assert planned().conditions.law_error_ratio == LAW_ERROR_RATIO


def test_what_nothing_explains_is_told() -> None:
    assert planned().other_ms == pytest.approx(10.0)


def test_events_without_weight_count_alike() -> None:
    seen = FirstUses((invocation("a", *DRAWING, weight=0.0), invocation("b", *DRAWING, weight=0.0)))

    assert preloaded(planned(seen=seen)) == ["drawing"]


def test_nothing_seen_is_nothing_planned() -> None:
    found = planned(seen=FirstUses(()))

    assert found.steps == ()
    assert "First invocations do nothing" in printed(found)


def test_on_the_screen() -> None:
    screen = printed(planned())

    assert "512 MB, on-demand, 1,000,000 invocations a month, 1 % cold" in screen
    assert "First answer p50 620 ms → 470 ms" in screen
    (drawing,) = [line.split() for line in screen.splitlines() if line.startswith("drawing")]
    assert drawing == ["drawing", "and", "2", "more", "60.0", "100", "%", "60.0", "207"]
    assert "In the handler" in screen
    assert "0–58.7" in screen
    assert "The first request to sqs resolves its endpoint" in screen


def test_nothing_better_in_init_on_the_screen() -> None:
    assert "Nothing is better done in init." in printed(planned(1769))


def printed(found: PlacementPlan) -> str:
    stream = io.StringIO()
    open_console(stream).print(placement_as_text.render(found))
    return stream.getvalue()
