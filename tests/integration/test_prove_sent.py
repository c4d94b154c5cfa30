"""headstart prove in real sandboxes: what is sent to others, in plain text or not, and to services."""

import datetime
import http.server
import importlib.util
import shutil
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prove_fixture import Pair

from headstart.model.proof import Verdict
from headstart.model.services import ServiceNeeds


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


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
