"""The function of examples/orders in processes of its own, as Lambda and as `headstart invoke` start them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from examples.conftest import Database
from examples.orders_function import FOLDER

EVENTS = sorted((FOLDER / "events").iterdir())
RUNTIME = """
import json, sys, app
print("ready", flush=True)
for event in sys.stdin:
    app.handler(json.loads(event), None)
"""


@pytest.mark.parametrize(
    ("initialization_type", "connections", "cold_starts"),
    [("on-demand", [], [True, False]), ("provisioned-concurrency", ["idle"], [False, False])],
)
def test_d54_no_start_is_cold_that_was_made_ahead(
    initialization_type: str,
    connections: list[str],
    *,
    cold_starts: list[bool],
    orders_environment: dict[str, str],
    database: Database,
):
    variables = {
        "PYTHONPATH": os.pathsep.join([str(FOLDER), *filter(None, sys.path)]),
        "AWS_LAMBDA_FUNCTION_NAME": "orders",
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
    }
    event = (FOLDER / "events/validate-user.json").read_text().replace("\n", "") + "\n"
    command = [sys.executable, "-B", "-c", RUNTIME]
    with subprocess.Popen(
        command, env=orders_environment | variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        assert database.connections() == connections
        log, _ = process.communicate(event * 2)
    assert process.returncode == 0
    assert [json.loads(line)["cold_start"] for line in log.splitlines()] == cold_starts


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.stem)
def test_the_function_answers_its_events_as_expected(event: Path):
    command = [sys.executable, "-m", "headstart", "invoke", str(FOLDER), "--event", str(event)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    assert decoded(json.loads(done.stdout)) == json.loads((FOLDER / "expected" / event.name).read_text())


def decoded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with a body of JSON read."""
    return answer | {"body": json.loads(answer["body"])} if "body" in answer else answer
