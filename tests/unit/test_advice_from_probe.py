"""The real probe's record, turned into the real advice: the two agree on what the words mean."""

import pytest
from measure_fixture import cold_start, facts, findings
from probe_fixture import run_probe

from headstart.measure.advice_init import unused_imports
from headstart.measure.imports import ROUNDS, from_record, walk

HANDLER = """\
import time
import heavy
import useful
from own import tables

def lambda_handler(event, context):
    if event.get("rare"):
        return heavy.work()
    return useful.work() + tables.ROWS

handler = lambda_handler
"""
FILES = {
    "app.py": HANDLER,
    "own/__init__.py": "",
    "own/tables.py": "import slow\nROWS = 3\n",
    "slow.py": "import time\ntime.sleep(0.03)\n",
    "heavy/__init__.py": "import time\nfrom heavy import inner\ntime.sleep(0.05)\ndef work():\n    return 1\n",
    "heavy/inner.py": "import time\ntime.sleep(0.02)\n",
    "heavy-1.0.dist-info/RECORD": "heavy/__init__.py,,\nheavy/inner.py,,\n",
    "useful.py": "def work():\n    return 2\n",
}


def advised(tmp_path, *events):
    run = run_probe(tmp_path, FILES, events=events * ROUNDS)
    result = from_record(run.record, timed_function_init_ms=100.0)
    assert result.events == len(events) * ROUNDS
    return result, list(unused_imports(findings(imports=result, function=facts(), cold_start=cold_start(100.0))))


def test_the_users_own_import_of_what_no_event_used_is_found(tmp_path):
    result, advice = advised(tmp_path, {"rare": False})
    assert {item.place for item in advice} == {"app.py:2", "own/tables.py:1"}
    heavy = next(item for item in advice if item.place == "app.py:2")
    node = next(node for node in walk(result.roots) if node.module == "heavy")
    assert heavy.saves_cold_ms == pytest.approx(node.cumulative_ms, rel=0.01)
    assert heavy.saves_cold_ms > node.self_ms


def test_an_event_that_uses_it_takes_the_advice_away(tmp_path):
    _, advice = advised(tmp_path, {"rare": False}, {"rare": True})
    assert {item.place for item in advice} == {"own/tables.py:1"}
