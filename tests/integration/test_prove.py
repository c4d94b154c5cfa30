"""headstart prove in real sandboxes: each kind of difference is found, and no other."""

import datetime
import http.server
import importlib.util
import shutil
import ssl
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headstart.errors import ConfigError
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event
from headstart.model.proof import ProofResult, Verdict
from headstart.model.services import ServiceNeeds

EVENTS = (Event(b'{"n": 1}', name="one"), Event(b'{"n": 2}', name="two"))
USUAL = """
import json
import logging

logging.getLogger().setLevel("INFO")
seen = []


def handler(event, context):
    seen.append(event["n"])
    logging.info("event %s of %s", event["n"], context.aws_request_id)
    with open(f"/tmp/{event['n']}.txt", "w") as file:
        file.write("kept")
    if event["n"] == 2:
        raise ValueError("two")
    return {"statusCode": 200, "body": json.dumps({"count": len(seen)})}
"""


class Pair:
    """Proves two versions of a function's source against each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events = EVENTS
        self.services = ServiceNeeds()
        self.environment: dict[str, str] = {}
        self.timeout_s = 10

    def project(self, name: str, source: str) -> Project:
        code = self.folder / name
        code.mkdir(exist_ok=True)
        (code / "app.py").write_text(textwrap.dedent(source))
        spec = FunctionSpec(
            name="tested",
            code=code,
            handler="app.handler",
            memory=MemorySize(512),
            timeout_s=self.timeout_s,
            environment=self.environment,
        )
        return Project(spec=spec, events=self.events, services=self.services)

    async def prove(self, old: str, new: str, *, tests: Path | None = None) -> ProofResult:
        async with Lab() as lab:
            return await lab.prove(self.project("old", old), self.project("new", new), tests=tests)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


async def test_the_same_in_other_words_is_the_same(pair):
    new = USUAL.replace("seen = []", "\n\nseen = list()").replace(
        "f\"/tmp/{event['n']}.txt\"", '"/tmp/%d.txt" % event["n"]'
    )
    result = await pair.prove(USUAL, new)
    assert (result.verdict, result.volatile, result.unseen) == (Verdict.SAME, (), ()), result
    assert result.failing == ("two: ValueError: two",)
    assert result.seen_planted == ("the log", "/tmp", "the network")
    assert result.compared > 100


@pytest.mark.parametrize(
    ("before", "after", "field", "place"),
    [
        ('"statusCode": 200', '"statusCode": 201', "response.statusCode", "fresh, invocation 1 (one)"),
        ('{"statusCode": 200, "body"', '{"body"', "response (its keys)", "fresh, invocation 1 (one)"),
        ("len(seen)})", "len(seen)}, indent=1)", "response.body (its form)", "fresh, invocation 1 (one)"),
        ("ValueError", "TypeError", "error.errorType", "fresh, invocation 2 (two)"),
        ('("two")', '("too")', "error.errorMessage", "fresh, invocation 2 (two)"),
        ("event %s of", "Event %s of", "log line 1, word 3", "fresh, invocation 1 (one)"),
        ("logging.info", "logging.warning", "log line 1, word 1", "fresh, invocation 1 (one)"),
        ('"kept"', '"lost"', "/tmp/1.txt", "fresh, invocation 1 (one)"),
        ("seen.append", "seen[:] = [0]; str", "response.body.count", "warm, invocation 3 (one)"),
        ("raise ValueError", "import os; os._exit(3); ValueError", "outcome", "fresh, invocation 2 (two)"),
        ("seen = []", "import os\nseen = []\nos.system(':')", "process 1", "fresh, invocation 1 (one)"),
    ],
)  # fmt: skip
async def test_a_difference_is_found_and_the_first_is_told(pair, before, after, field, place):
    assert before in USUAL
    result = await pair.prove(USUAL, USUAL.replace(before, after))
    assert result.verdict is Verdict.DIFFERENT
    assert (result.differences[0].field, result.differences[0].place) == (field, place)
    assert result.rounds == 3


async def test_state_that_leaks_from_event_to_event_is_found_in_another_order(pair):
    """One that only the first event of an environment shows: never in fresh ones, nor in the order given."""
    pair.events = (Event(b"1", name="one"), Event(b"2", name="two"), Event(b"3", name="three"))
    old = "first = []\n\n\ndef handler(event, context):\n    first.append(event)\n    return %s\n"
    result = await pair.prove(old % "event", old % "event if first[0] == 1 or len(first) == 1 else -1")
    assert result.verdict is Verdict.DIFFERENT
    assert result.differences[0].place.startswith("any order")


async def test_what_is_never_the_same_twice_is_named_and_undecided(pair):
    source = USUAL.replace('"statusCode": 200', '"statusCode": 200, "order": list({"a", "b", "c", "d", "e", "f"})')
    result = await pair.prove(source, source)
    assert (result.verdict, result.differences) == (Verdict.UNDECIDED, ())
    assert {field.field.partition("[")[0] for field in result.volatile if field.decides} == {"response.order"}


async def test_what_is_volatile_in_the_log_alone_is_listed_and_the_rest_is_compared(pair):
    source = USUAL.replace("seen.append", "import time; print('took', time.time_ns()); seen.append")
    result = await pair.prove(source, source)
    assert (result.verdict, result.unseen) == (Verdict.SAME, ())
    assert {(field.field, field.decides) for field in result.volatile} == {("log line 1, word 2", False)}
    worse = await pair.prove(source, source.replace("'took'", "'Took'"))
    assert worse.differences[0].field == "log line 1, word 1"


async def test_a_volatile_value_of_another_kind_is_different(pair):
    source = "import time\n\n\ndef handler(event, context):\n    return {'now': %s}\n"
    result = await pair.prove(source % "time.time_ns()", source % "str(time.time_ns())")
    assert (result.verdict, result.differences[0].field) == (Verdict.DIFFERENT, "response.now")


async def test_a_new_package_that_alone_is_never_the_same_is_different(pair):
    source = "import time\n\n\ndef handler(event, context):\n    return %s\n"
    result = await pair.prove(source % "1", source % "time.time_ns()")
    assert result.verdict is Verdict.DIFFERENT


@pytest.mark.slow
async def test_a_crash_is_an_outcome_like_others_but_hides_what_was_sent(pair):
    crash = "import os\n\n\ndef handler(event, context):\n    %s\n"
    pair.events = EVENTS[:1]
    same = await pair.prove(crash % "os.kill(os.getpid(), 11)", crash % "os.kill(os.getpid(), 11)")
    assert same.verdict is Verdict.UNDECIDED
    assert any("the runtime ended (RuntimeExited)" in sentence for sentence in same.unseen)
    assert any("every event fails" in sentence for sentence in same.unseen)
    other = await pair.prove(crash % "os.kill(os.getpid(), 11)", crash % "os.kill(os.getpid(), 6)")
    assert (other.verdict, other.differences[0].field) == (Verdict.DIFFERENT, "exit")
    code = await pair.prove(crash % "os._exit(3)", crash % "os._exit(4)")
    assert "exit status 4" in (code.differences[0].new or "")


async def test_where_a_planted_side_effect_is_not_seen_nothing_is_called_the_same(pair):
    source = (
        "import os\nos.dup2(os.open('/dev/null', os.O_WRONLY), 1)\n\n\ndef handler(event, context):\n    return 1\n"
    )
    result = await pair.prove(source, source)
    assert (result.verdict, result.seen_planted) == (Verdict.UNDECIDED, ("/tmp", "the network"))
    assert result.unseen == ("a planted side effect was not seen in: the log",)


async def test_a_module_with_side_effects_makes_it_fail(pair, tmp_path):
    """The negative control from outside: the same handler, and one import more."""
    pair.project("new", "")
    (tmp_path / "new/planted.py").write_text("open('/tmp/cache', 'w').close()\nimport json\njson.dumps = repr\n")
    result = await pair.prove(USUAL, USUAL.replace("import json", "import json\nimport planted"))
    assert result.verdict is Verdict.DIFFERENT
    assert {"/tmp/cache", "response.body"} <= {each.field for each in result.differences}


class Answer(http.server.BaseHTTPRequestHandler):
    """Answers whatever is asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    """Where such a server listens."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


HTTP = """
import json
import os
import urllib.request


def ask(path, body):
    request = urllib.request.Request(os.environ["SERVER"] + path, json.dumps(body).encode(), {"X-Api-Key": "s3cret"})
    return urllib.request.urlopen(request).status


def handler(event, context):
    return [ask("/first", {"a": event["n"]}), ask("/second", {"b": [1, 2]})]
"""


@pytest.mark.slow
async def test_http_requests_are_compared(pair, server):
    pair.environment = {"SERVER": server}
    assert (await pair.prove(HTTP, HTTP)).verdict is Verdict.SAME
    order = HTTP.replace('"/first"', '"/x"').replace('"/second"', '"/first"').replace('"/x"', '"/second"')
    for new, field in (
        (order, "network call 2"),
        (HTTP.replace("[1, 2]", "[1, 3]"), "network call 4, body.b[1]"),
        (HTTP.replace("s3cret", "other"), "network call 2, header x-api-key"),
    ):
        result = await pair.prove(HTTP, new)
        assert (result.verdict, result.differences[0].field) == (Verdict.DIFFERENT, field)
        assert "s3cret" not in repr(result)


TLS = """
import asyncio
import http.client
import os
import ssl

trusting = ssl._create_unverified_context()
host, port = os.environ["SERVER"].split(":")


async def ask(path):
    reader, writer = await asyncio.open_connection(host, int(port), ssl=trusting)
    writer.write(f"GET {path} HTTP/1.1\\r\\nHost: here\\r\\nConnection: close\\r\\n\\r\\n".encode())
    await reader.read()
    writer.close()


def handler(event, context):
    connection = http.client.HTTPSConnection(host, int(port), context=trusting)
    connection.request("POST", "/first", b'{"a": 1}')
    connection.getresponse().read()
    asyncio.run(ask("/second"))
"""


@pytest.mark.slow
async def test_what_goes_out_encrypted_is_compared_in_plain_text(pair, tmp_path):
    certificate = ssl_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as encrypting:
        encrypting.socket = context.wrap_socket(encrypting.socket, server_side=True)
        threading.Thread(target=encrypting.serve_forever, daemon=True).start()
        pair.environment = {"SERVER": f"127.0.0.1:{encrypting.server_port}"}
        same = await pair.prove(TLS, TLS)
        body = await pair.prove(TLS, TLS.replace('"a": 1', '"a": 2'))
        path = await pair.prove(TLS, TLS.replace("/second", "/third"))
        encrypting.shutdown()
    assert (same.verdict, same.volatile, same.unseen) == (Verdict.SAME, (), ()), same
    assert body.differences[0].field.endswith("body.a")
    assert "GET /third" in (path.differences[0].new or "")


def ssl_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    since = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, since, since.replace(year=2099)).sign(
        key, hashes.SHA256()
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def shipped(folder: Path, *names: str) -> None:
    """Copy installed packages beside the code."""
    for name in names:
        found = importlib.util.find_spec(name)
        assert found
        assert found.origin
        origin = Path(found.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
            libraries = origin.parent.with_name(f"{name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, folder / libraries.name)
        else:
            shutil.copy(origin, folder / origin.name)


SQL = """
import os
import psycopg


def handler(event, context):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO orders VALUES (%s)", (event["n"],))
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]
"""


@pytest.mark.slow
async def test_sql_statements_are_compared_on_a_database_that_is_new_for_each_run(pair, tmp_path):
    (tmp_path / "setup.sql").write_text("CREATE TABLE orders (id int);\n")
    pair.services = ServiceNeeds(postgres=True, setup=tmp_path / "setup.sql")
    for name in ("old", "new"):
        pair.project(name, "")
        shipped(tmp_path / name, "psycopg", "psycopg_binary", "typing_extensions")
    same = await pair.prove(SQL, SQL)
    assert (same.verdict, same.unseen) == (Verdict.SAME, ()), same
    other = await pair.prove(SQL, SQL.replace('(event["n"],)', '(event["n"] + 1,)'))
    assert (other.verdict, other.differences[0].field) == (Verdict.DIFFERENT, "service call 3, body")
    text = await pair.prove(SQL, SQL.replace("count(*)", "count(id)"))
    assert "count(id)" in (text.differences[0].new or "")


REDIS = """
import os
import socket
from urllib.parse import urlsplit

url = urlsplit(os.environ["REDIS_URL"])


def command(stream, *words):
    stream.write(b"*%d\\r\\n" % len(words) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(word), word) for word in words))
    stream.flush()
    return stream.readline().decode()


def handler(event, context):
    with socket.create_connection((url.hostname, url.port)) as connection, connection.makefile("rwb") as stream:
        command(stream, b"AUTH", url.password.encode())
        return command(stream, b"INCRBY", b"orders", str(event["n"]).encode())
"""


@pytest.mark.slow
async def test_redis_commands_are_compared_and_passwords_untold(pair):
    pair.services = ServiceNeeds(redis=True)
    assert (await pair.prove(REDIS, REDIS)).verdict is Verdict.SAME
    other = await pair.prove(REDIS, REDIS.replace('b"INCRBY"', 'b"DECRBY"'))
    first = other.differences[1]
    assert (first.field, first.old, first.new) == ("service call 2", "INCRBY orders 1", "DECRBY orders 1")
    assert "AUTH …" not in repr(first)


AWS = """
import boto3

queue = boto3.client("sqs")
store = boto3.client("s3")


def handler(event, context):
    url = queue.get_queue_url(QueueName="orders")["QueueUrl"]
    queue.send_message(QueueUrl=url, MessageBody=f"order {event['n']}")
    message = queue.receive_message(QueueUrl=url)["Messages"][0]
    queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    store.put_object(Bucket="receipts", Key="last", Body=message["Body"])
    return message["MessageId"]
"""


@pytest.mark.slow
async def test_calls_of_aws_are_compared_with_identities_that_are_alike(pair):
    pair.timeout_s = 60
    pair.services = ServiceNeeds(aws=True, buckets=("receipts",), queues=("orders",))
    same = await pair.prove(AWS, AWS)
    assert (same.verdict, same.unseen) == (Verdict.SAME, ()), same
    assert any(field.field.endswith("header x-amz-date") for field in same.volatile)
    other = await pair.prove(AWS, AWS.replace('"order {', '"Order {'))
    assert (other.verdict, other.differences[0].field) == (Verdict.DIFFERENT, "service call 2, body.MessageBody")


@pytest.mark.slow
async def test_the_functions_own_tests_are_run_against_both(pair, tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    with pytest.raises(ConfigError, match="has no tests"):
        await pair.prove(USUAL, USUAL, tests=tests)
    (tests / "test_app.py").write_text(
        "import unittest\n\nimport app\n\n\nclass AppTest(unittest.TestCase):\n"
        "    def test_seen(self):\n        self.assertEqual(app.seen, [])\n"
        "    def test_wrong(self):\n        self.fail('always')\n"
    )
    same = await pair.prove(USUAL, USUAL, tests=tests)
    assert same.verdict is Verdict.SAME
    assert "of 2 tests 1 passed with the old package" in same.notes
    other = await pair.prove(USUAL, USUAL.replace("seen = []", "seen = bytearray()"), tests=tests)
    assert [each.field for each in other.differences] == ["test test_app.AppTest.test_seen"]
