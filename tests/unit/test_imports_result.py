import pytest
from measure_fixture import EVENTS

from headstart.errors import LabError
from headstart.measure import imports
from headstart.model.caveats import CaveatCode
from headstart.model.progress import NoProgress
from headstart.testing import ScriptedProfiler


def module(number, parent, name, **changes):
    usual = {
        "id": number,
        "parent": parent,
        "module": name,
        "file": f"{name}.py",
        "self_ms": 10.0,
        "cumulative_ms": 10.0,
        "memory_kb": 1024,
        "files": 1,
        "in_package": True,
        "distribution": name.partition(".")[0],
        "importer": "app.py",
        "line": number,
        "in_handler": False,
        "has_bytecode": True,
        "used": False,
    }
    return usual | changes


RECORD = {
    "python": "3.11.7",
    "profiled_init_ms": 400.0,
    "modules": [
        module(0, -1, "app", cumulative_ms=60.0, used=True, importer="", line=0, memory_kb=6144),
        module(1, 0, "pandas", cumulative_ms=40.0, has_bytecode=False),
        module(2, 1, "numpy", self_ms=20.0, cumulative_ms=30.0, importer="pandas/__init__.py"),
        module(3, 2, "json", in_package=False, used=True, importer="numpy/__init__.py"),
        module(4, 0, "requests"),
        module(5, 99, "stray", self_ms=4.0, in_handler=True),
    ],
    "top_level": [{"path": "app.py", "line": 9, "source": "T = load()", "self_ms": 80.0}],
    "handler_work": [
        {
            "path": "app.py",
            "line": 20,
            "source": "s3 = boto3.client('s3')",
            "what": "boto3 client s3",
            "durations_ms": [10.0, 14.0],
            "events": 4,
        }
    ],
    "events": 4,
}


def result(record=RECORD, timed_ms=200.0):
    return imports.from_record(record, timed_function_init_ms=timed_ms)


def test_modules_are_under_the_one_that_loaded_them():
    app, stray = result().roots
    pandas, requests = app.children
    assert (app.module, pandas.module, requests.module, stray.module) == ("app", "pandas", "requests", "stray")
    assert [node.module for node in imports.walk([pandas])] == ["pandas", "numpy", "json"]
    assert (pandas.importer, pandas.line) == ("app.py", 1)
    assert app.memory_mb == 6.0


def test_use_is_known_for_the_module_and_for_what_it_loaded():
    app, _ = result().roots
    pandas, requests = app.children
    assert (pandas.used, pandas.subtree_used) == (False, True)
    assert (requests.used, requests.subtree_used) == (False, False)


def test_milliseconds_are_those_of_the_timed_runs():
    found = result()
    assert found.scale_ratio == 0.5
    assert found.roots[0].cumulative_ms == 30.0
    assert found.top_level[0].self_ms == 40.0
    assert found.handler_work[0].median_ms == 6.0
    assert found.caveats == ()


def test_sums_leave_out_what_the_handler_imported():
    found = result()
    assert found.total_ms == pytest.approx(0.5 * (10 + 10 + 20 + 10 + 10))
    assert found.unused_ms == pytest.approx(0.5 * (10 + 20 + 10))
    assert found.without_bytecode == 1
    assert (found.modules, found.events) == (6, 4)


def test_calls_in_the_handler_are_counted():
    (work,) = result().handler_work
    assert (work.calls, work.events, work.what) == (4, 4, "boto3 client s3")


@pytest.mark.parametrize(
    ("made_in", "durations", "is_listed"),
    [
        (1, 1, False),  # once, and kept
        (1, 2, False),  # two by one line, and kept
        (2, 2, False),  # one for each kind of event, and kept
        (2, 1, True),  # one kind of event makes it each time
        (4, 2, True),  # every event makes it
        (4, 4, True),  # every event makes two
    ],
)
def test_only_what_later_rounds_make_again_is_listed(made_in, durations, is_listed):
    work = RECORD["handler_work"][0] | {"events": made_in, "durations_ms": [5.0] * durations}
    assert bool(result(RECORD | {"handler_work": [work]}).handler_work) == is_listed


@pytest.mark.parametrize(
    ("record", "timed_ms", "ratio", "code"),
    [
        (RECORD | {"profiled_init_ms": 0.0}, 200.0, 1.0, CaveatCode.MODEL),
        (RECORD, 0.0, 1.0, CaveatCode.MODEL),
        (RECORD, 1.0, 0.05, CaveatCode.WIDE_SPREAD),
        (RECORD, 4000.0, 2.0, CaveatCode.WIDE_SPREAD),
    ],
)
def test_a_scale_that_cannot_be_right_is_held_and_doubted(record, timed_ms, ratio, code):
    found = result(record, timed_ms)
    assert found.scale_ratio == ratio
    assert [caveat.code for caveat in found.caveats] == [code]


def test_a_profile_that_recorded_nothing_says_so():
    found = result({})
    assert found.roots == ()
    assert CaveatCode.INVOCATION_FAILED in {caveat.code for caveat in found.caveats}


def test_a_record_that_cannot_be_understood_is_our_fault():
    with pytest.raises(LabError, match="module"):
        result({"modules": [{"id": 1}]})


async def test_a_probe_that_failed_says_why():
    profiler = ScriptedProfiler({"probe_imports": {"error": "Traceback ...\nKeyError: 'lost'\n"}})
    with pytest.raises(LabError, match=r"(?s)probe_imports failed.*KeyError: 'lost'"):
        await imports.measure(profiler, EVENTS, timed_function_init_ms=200.0, progress=NoProgress())


async def test_events_are_sent_twice_to_tell_what_is_kept_from_what_is_made_again():
    profiler = ScriptedProfiler({"probe_imports": RECORD})
    found = await imports.measure(profiler, EVENTS, timed_function_init_ms=200.0, progress=NoProgress())
    assert profiler.calls == [("probe_imports", (*EVENTS, *EVENTS))]
    assert found == result()
