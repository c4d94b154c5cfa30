"""Garbage collection that is put off while a module is loaded, in processes of each Python that this machine has."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headstart.engine import interpreters

GUEST = Path(__file__).parents[2] / "src/headstart/optimize/guest"
PROGRAM = """
import gc, json
import _headstart_garbage as garbage
{before}
usual = gc.get_threshold()
begun = []
gc.callbacks.append(lambda phase, _: begun.append(phase))
garbage.put_off()
begun.clear()
made = [[number] for number in range(50_000)]
{within}
collected = len(begun)
garbage.take_up()
print(json.dumps({{
    "collected": collected,
    "at once": len(begun) - collected,
    "young": len(gc.get_objects(0)) > 50_000,
    "threshold": [*gc.get_threshold()],
    "as before": gc.get_threshold() == usual,
    "frozen": gc.get_freeze_count() > 0,
}}))
"""


def told(*, before: str = "", within: str = "", python: str = sys.executable, **variables: str) -> dict[str, Any]:
    command = [python, "-S", "-s", "-c", PROGRAM.format(before=before, within=within)]
    environment = {"PYTHONPATH": str(GUEST), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("python", [str(each.executable) for each in interpreters.installed()])
def test_nothing_is_collected_meanwhile_and_what_was_made_is_old_then(python: str):
    found = told(python=python)
    del found["threshold"]
    assert found == {"collected": 0, "at once": 0, "young": False, "as before": True, "frozen": False}


def test_switched_off_it_is_collected_as_ever():
    found = told(HEADSTART_DEFERRAL="off")
    assert found["collected"] > 10
    assert found["as before"]


def test_a_threshold_of_the_functions_own_stays():
    assert told(within="gc.set_threshold(5, 6, 7)")["threshold"] == [5, 6, 7]
    assert told(before="gc.set_threshold(500, 6, 7); garbage._usual = gc.get_threshold()")["threshold"] == [500, 6, 7]


@pytest.mark.parametrize("when", ["before", "within"])
def test_what_the_function_has_frozen_stays_frozen(when: str):
    assert told(**{when: "gc.freeze()"})["frozen"]
