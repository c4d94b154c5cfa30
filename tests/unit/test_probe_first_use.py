"""The first-use probe: what the first event did that init could have done; on every Python here."""

import pytest
from probe_fixture import ProbeRun, pythons, run_probe

PYTHONS = pythons()

APP = r"""
import re
import threading
import words
from botocore.client import BaseClient
from botocore.loaders import JSONFileLoader

clients = [BaseClient("elsewhere")]
queue = BaseClient("sqs")
meta = queue.meta
PATTERN = re.compile("in init")


def handler(event, context):
    import lazily
    import lazily.inner
    try:
        import broken
    except ImportError:
        pass
    "é".encode("idna")
    re.compile("spelled [a-z]+", re.IGNORECASE)
    re.compile(b"bytes")
    re.match("spelled [a-z]+", "in the cache by now", re.I)
    words.find(event["text"])
    words.find_one(event["text"])
    JSONFileLoader().load_file("/opt/python/botocore/data/sqs/2012-11-05/service-2")
    import ssl
    ssl.create_default_context()
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    if event.get("last"):
        import later
    return "done"


def in_thread():
    import threaded
"""

FILES = {
    "app.py": APP,
    "words.py": """
import re

WORDS = "|".join(sorted({"some", "words"}))


def find(text):
    return re.search(WORDS, text)


def find_one(text):
    return re.search("secret: " + text, text)
""",
    "botocore/__init__.py": "",
    "botocore/client.py": """
from types import SimpleNamespace


class ClientMeta:
    def __init__(self, service):
        self.service_model = SimpleNamespace(service_name=service)


class BaseClient:
    def __init__(self, service):
        self.meta = ClientMeta(service)
""",
    "botocore/loaders.py": """
class JSONFileLoader:
    def load_file(self, path):
        return self.decoded(path)

    def decoded(self, path):
        return {}
""",
    "botocore-1.0.dist-info/RECORD": "botocore/__init__.py,,\nbotocore/client.py,,\nbotocore/loaders.py,,\n",
    "lazily/__init__.py": "import re\nfrom lazily import deep\nre.compile('as it is loaded')\n",
    "lazily/deep.py": "",
    "lazily/inner.py": "",
    "broken.py": "import lazily.inner\nraise ImportError",
    "threaded.py": "",
    "later.py": "",
}


@pytest.fixture(scope="module", params=sorted(PYTHONS))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ProbeRun:
    events = ({"text": "4711"}, {"text": "4711", "last": True})
    folder = tmp_path_factory.mktemp("first")
    return run_probe(folder, FILES, events=events, probe="probe_first_use", python=PYTHONS[request.param])


def test_the_function_does_what_it_did(run: ProbeRun) -> None:
    assert run.answers == ["done", "done"]
    assert run.end == "finished"


def test_modules_are_told_with_what_caused_them_in_order(run: ProbeRun) -> None:
    found = [(module["name"], module["cause"]) for module in run.record["modules"]]

    own = [each for each in found if each[0].startswith(("lazily", "threaded"))]
    assert own == [("lazily", ""), ("lazily.deep", "lazily"), ("lazily.inner", ""), ("threaded", "")]
    assert ("encodings.idna", "") in found
    assert ("stringprep", "encodings.idna") in found


def test_what_failed_or_came_with_a_later_event_is_not(run: ProbeRun) -> None:
    assert not {"broken", "later", "words"} & {module["name"] for module in run.record["modules"]}


def test_expressions_are_told_as_the_code_spells_them(run: ProbeRun) -> None:
    found = [call for call in run.record["calls"] if call["kind"] == "regular expression"]

    ignoring_case = 2
    assert [call.get("expression") for call in found] == [
        {"flags": ignoring_case, "is_bytes": False, "pattern": "spelled [a-z]+"},
        {"flags": 0, "is_bytes": True, "pattern": "bytes"},
        {"flags": 0, "module": "words", "attribute": "WORDS"},
        None,
    ]
    assert found[2]["name"] == "words.WORDS"
    assert found[3]["name"] == "words.py:12"
    assert all(call["ms"] > 0 for call in found)


def test_what_is_computed_from_an_event_is_not_repeated(run: ProbeRun) -> None:
    assert "4711" not in str(run.record)


def test_the_outermost_work_of_the_sdk_is_named(run: ProbeRun) -> None:
    assert [call["name"] for call in run.record["calls"] if call["kind"] == "SDK"] == [
        "description of an AWS service sqs/2012-11-05/service-2",
        "TLS context",
    ]


def test_clients_at_the_module_level_of_own_code_are_named(run: ProbeRun) -> None:
    assert run.record["clients"] == ["sqs"]


def test_init_and_each_event_are_timed(run: ProbeRun) -> None:
    phases = [run.record["init"], *run.record["events"]]

    assert len(phases) == 3
    assert all(phase["wall_ms"] > 0 and phase["cpu_ms"] > 0 for phase in phases)


def test_what_the_probe_loads_is_no_load_of_the_functions(run: ProbeRun) -> None:
    assert run.records[0]["modules"] == []
    assert run.records[0]["calls"] == []
