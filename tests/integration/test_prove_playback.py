"""headstart prove in real sandboxes: servers that it did not start are asked in the first replay alone."""

from pathlib import Path

import pytest
from outside_fixture import outside
from prove_fixture import Pair

from headstart.model.proof import Verdict

PLAIN = """
import json
import os
import urllib.request


def ask(path, body=None):
    return urllib.request.urlopen("http://" + os.environ["SERVER"] + path, body).read().decode()


def handler(event, context):
    return [ask("/plain?n=%d" % event["n"]), ask("/plain", json.dumps(event).encode())]
"""


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


async def test_a_server_is_asked_in_the_first_replay_alone(pair):
    with outside() as server:
        pair.environment = {"SERVER": server.address}
        result = await pair.prove(PLAIN, PLAIN)
    assert (result.verdict, result.volatile, result.unseen) == (Verdict.SAME, (), ()), result
    assert len(server.asked) == 2 * 8
