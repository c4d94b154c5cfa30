"""The allocations probe: lines that hold memory, and lines that hold more after each event."""

import pytest
from probe_fixture import pythons, run_probe

PYTHONS = pythons()

_APP = """
import json
import shipped

TABLE = [bytes(1000) for _ in range(2000)]
TEXT = json.dumps(["x" * 50 + str(number) for number in range(2000)])
KEPT = []


def handler(event, context):
    KEPT.append(json.loads(TEXT))
    shipped.remember()
    bytes(10_000_000)
    return len(KEPT)
"""

_FILES = {
    "app.py": _APP,
    "shipped.py": "HELD = []\ndef remember():\n    HELD.append(bytes(50_000))\n",
    "shipped-1.0.dist-info/RECORD": "shipped.py,,\n",
}


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())
def test_what_is_held_and_what_grows_is_put_down_to_lines_of_the_package(tmp_path, python):
    run = run_probe(tmp_path, _FILES, events=({}, {}, {}), probe="probe_allocations", python=python)
    assert run.answers == [1, 2, 3]
    sites = {(site["path"], site["line"]): site for site in run.record["sites"]}
    assert sites["app.py", 5]["bytes"] == pytest.approx(2000 * 1033, rel=0.05)
    assert sites["app.py", 5]["blocks"] >= 2000
    assert sites["app.py", 5]["source"] == "TABLE = [bytes(1000) for _ in range(2000)]"
    growth = {(site["path"], site["line"]): site["bytes"] for site in run.record["growth"]}
    assert growth["app.py", 11] == pytest.approx(2 * 2000 * 110, rel=0.2)
    # The list of the function's own call is what shipped.py appends for: its line is the nearest own one.
    assert growth["app.py", 12] == pytest.approx(100_000, rel=0.05)
    assert ("app.py", 13) not in sites
    assert 2.5 < run.record["traced_mb"] < 6
    assert not any("probe_" in site["path"] for site in run.record["sites"])


def test_growth_needs_two_events(tmp_path):
    run = run_probe(tmp_path, _FILES, probe="probe_allocations")
    assert run.record["growth"] == []
    assert run.record["events"] == 1


def test_a_function_that_stops_the_tracing_goes_on(tmp_path):
    app = "import tracemalloc\ndef handler(event, context):\n    tracemalloc.stop()\n    return 1\n"
    run = run_probe(tmp_path, {"app.py": app}, events=({}, {}), probe="probe_allocations")
    assert run.answers == [1, 1]
    assert run.record["sites"] == []
