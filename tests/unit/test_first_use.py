"""What first invocations did, read from the probe's records: one environment for each event."""

import asyncio

import pytest

from headstart.errors import LabError
from headstart.measure import first_use
from headstart.model.invocation import Event
from headstart.model.preloading import Expression, FirstUses, UseKind
from headstart.model.progress import NoProgress
from headstart.testing import ScriptedProfiler

EVENTS = (Event(b"{}", name="often", weight=3.0), Event(b"[]", name="seldom"))
RECORD = {
    "init": {"wall_ms": 100.0, "cpu_ms": 99.0},
    "events": [{"wall_ms": 50.0, "cpu_ms": 40.0}, {"wall_ms": 4.0, "cpu_ms": 4.0}, {"wall_ms": 3.0, "cpu_ms": 3.0}],
    "modules": [
        {"name": "lazily", "cause": "", "ms": 20.0},
        {"name": "encodings.idna", "cause": "lazily", "ms": 2.0},
    ],
    "calls": [
        {"kind": "regular expression", "name": "a+", "ms": 0.5, "expression": {"flags": 2, "pattern": "a+"}},
        {"kind": "regular expression", "name": "a+", "ms": 0.4, "expression": {"is_bytes": True, "pattern": "a+"}},
        {"kind": "regular expression", "name": "app.py:3", "ms": 0.1},
        {"kind": "SDK", "name": "TLS context", "ms": 9.0},
    ],
    "clients": ["sqs"],
}


def observe(record: dict[str, object]) -> tuple[FirstUses, ScriptedProfiler]:
    profiler = ScriptedProfiler({first_use.PROBE: record})
    return asyncio.run(first_use.observe(profiler, EVENTS, progress=NoProgress())), profiler


def test_each_event_has_an_environment_of_its_own() -> None:
    seen, profiler = observe(RECORD)

    assert profiler.calls == [(first_use.PROBE, (event,)) for event in EVENTS]
    assert [(each.event, each.weight) for each in seen.invocations] == [("often", 3.0), ("seldom", 1.0)]


def test_the_first_is_told_from_the_last() -> None:
    seen, _ = observe(RECORD)
    first = seen.invocations[0]

    assert (first.init_ms, first.wall_ms, first.cpu_ms, first.again_ms) == (100.0, 50.0, 40.0, 3.0)


def test_computing_in_several_threads_is_no_more_than_the_time_it_took() -> None:
    several = {"wall_ms": 50.0, "cpu_ms": 90.0}

    seen, _ = observe(RECORD | {"events": [several, several]})

    assert seen.invocations[0].cpu_ms == 50.0


def test_what_was_used_for_the_first_time() -> None:
    seen, _ = observe(RECORD)

    assert [(use.kind, use.name, use.ms, use.cause) for use in seen.invocations[0].uses] == [
        (UseKind.MODULE, "lazily", 20.0, ""),
        (UseKind.CODEC, "encodings.idna", 2.0, "lazily"),
        (UseKind.EXPRESSION, "a+ (flags 2)", 0.5, ""),
        (UseKind.EXPRESSION, "a+ (bytes)", 0.4, ""),
        (UseKind.EXPRESSION, "app.py:3", 0.1, ""),
        (UseKind.SDK, "TLS context", 9.0, ""),
    ]
    assert [use.expression for use in seen.invocations[0].uses[2:5]] == [
        Expression(flags=2, pattern="a+"),
        Expression(pattern="a+", is_bytes=True),
        None,
    ]
    assert seen.clients == ("sqs",)


def test_an_event_that_ended_the_process_says_nothing() -> None:
    seen, _ = observe({"init": RECORD["init"]})

    assert seen.invocations == ()


@pytest.mark.parametrize(
    ("record", "message"),
    [({"init": 3}, "cannot be understood"), ({"error": "Traceback: no"}, "probe_first_use failed:\nTraceback: no")],
)
def test_a_probe_that_fails_is_the_labs_fault(record: dict[str, object], message: str) -> None:
    with pytest.raises(LabError, match=message):
        observe(record)
