"""The function of examples/compute answers its events as `headstart invoke` has it run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from examples.compute_function import FOLDER

EVENTS = sorted((FOLDER / "events").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.stem)
def test_the_function_answers_its_events_as_expected(event: Path):
    command = [sys.executable, "-m", "headstart", "invoke", str(FOLDER), "--event", str(event)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    expected = json.loads((FOLDER / "expected" / event.name).read_text())
    assert part_of(json.loads(done.stdout), like=expected) == expected


def part_of(answer: object, *, like: object) -> object:
    """What of the answer is in ``like``: how long it took, and what hangs on that, is not."""
    if isinstance(like, dict) and isinstance(answer, dict):
        return {name: part_of(answer.get(name), like=value) for name, value in like.items()}
    if isinstance(like, list) and isinstance(answer, list) and len(like) == len(answer):
        return [part_of(one, like=value) for one, value in zip(answer, like, strict=True)]
    return answer
