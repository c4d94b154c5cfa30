"""The Runtime API over its own loopback port: every resource, header and status code."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest

from headstart.engine.runtime_api import Answer, RuntimeApi
from headstart.model import limits

HEAD = b"Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: r1\r\nLambda-Runtime-Deadline-Ms: 9\r\n"
LARGEST = limits.RESPONSE_BYTES_MAX


class Listener:
    def __init__(self) -> None:
        self.heard: list[object] = []
        self.idle = asyncio.Event()

    def on_next(self) -> None:
        self.heard.append("next")
        self.idle.set()

    def on_answer(self, answer: Answer) -> None:
        self.heard.append(answer)

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        self.heard.append((payload, error_type))


class Client:
    """Speaks HTTP as plainly as a hand-written runtime does."""

    def __init__(self, api: RuntimeApi, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.api, self.reader, self.writer = api, reader, writer

    async def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        lines = {"Host": self.api.address, "Content-Length": str(len(body))}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.writer.write(f"{method} /2018-06-01/runtime/{path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await self.writer.drain()

    async def receive(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), headers, body

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, object]:
        await self.send(method, path, body, **headers)
        status, _, answer = await self.receive()
        return status, json.loads(answer)


@pytest.fixture
async def listener() -> Listener:
    return Listener()


@pytest.fixture
async def api(listener: Listener) -> AsyncIterator[RuntimeApi]:
    api = RuntimeApi(listener)
    await api.start()
    yield api
    await api.close()


async def connect(api: RuntimeApi) -> Client:
    host, port = api.address.split(":")
    return Client(api, *await asyncio.open_connection(host, int(port), limit=1 << 24))


@pytest.fixture
async def client(api: RuntimeApi) -> Client:
    return await connect(api)


@pytest.fixture
async def invoked(api: RuntimeApi, client: Client, listener: Listener) -> Client:
    """A client that has got the event r1."""
    await client.send("GET", "invocation/next")
    await listener.idle.wait()
    api.deliver("r1", head=HEAD, payload=b'{"a": 1}')
    assert (await client.receive())[0] == 200
    listener.heard.clear()
    return client


def refused(error_type: str, message: str) -> dict[str, str]:
    return {"errorMessage": message, "errorType": error_type}


async def test_next(api, client, listener):
    await client.send("GET", "invocation/next")
    await listener.idle.wait()
    api.deliver("r1", head=HEAD, payload=b'{"a": 1}')
    status, headers, body = await client.receive()
    assert (status, body) == (200, b'{"a": 1}')
    assert headers == {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": "r1",
        "lambda-runtime-deadline-ms": "9",
        "content-length": "8",
    }
    assert listener.heard == ["next"]


async def test_response(invoked, listener):
    assert await invoked.ask("POST", "invocation/r1/response", b'{"b": 2}') == (202, {"status": "OK"})
    assert listener.heard == [Answer(payload=b'{"b": 2}', size_bytes=8)]


async def test_error(invoked, listener):
    body = b'{"errorType": "ValueError"}'
    type_name = "Runtime.Sad"
    answer = await invoked.ask("POST", "invocation/r1/error", body, Lambda_Runtime_Function_Error_Type=type_name)
    assert answer == (202, {"status": "OK"})
    assert listener.heard == [Answer(payload=body, size_bytes=len(body), error_type=type_name)]


async def test_error_without_a_type(invoked, listener):
    await invoked.ask("POST", "invocation/r1/error", b"{}")
    assert listener.heard == [Answer(payload=b"{}", size_bytes=2, error_type="")]


async def test_init_error(client, listener):
    answer = await client.ask("POST", "init/error", b"{}", Lambda_Runtime_Function_Error_Type="Runtime.NoSuchThing")
    assert answer == (202, {"status": "OK"})
    assert listener.heard == [(b"{}", "Runtime.NoSuchThing")]


async def test_init_error_after_init(invoked):
    status, answer = await invoked.ask("POST", "init/error", b"{}")
    assert (status, answer["errorType"]) == (403, "InvalidStateTransition")


async def test_answers_out_of_turn(client, invoked, listener):
    assert (await invoked.ask("GET", "invocation/next"))[0] == 403
    wrong = await invoked.ask("POST", "invocation/other/response", b"{}")
    assert wrong == (400, refused("InvalidRequestID", "Invalid request ID"))
    assert (await invoked.ask("POST", "invocation/r1/response", b"{}"))[0] == 202
    status, answer = await invoked.ask("POST", "invocation/r1/response", b"{}")
    assert (status, answer["errorType"]) == (403, "InvalidStateTransition")
    assert len(listener.heard) == 1


async def test_an_answer_before_any_event(client):
    assert (await client.ask("POST", "invocation/r1/response", b"{}"))[0] == 403


async def test_an_answer_that_comes_too_late(api, invoked, listener):
    api.forget_runtime()
    late = await connect(api)
    status, answer = await late.ask("POST", "invocation/r1/response", b"{}")
    assert (status, answer["errorType"]) == (410, "Gone")
    assert listener.heard == []


@pytest.mark.parametrize("size_bytes", [LARGEST, LARGEST + 1, LARGEST + 1_000_000])
async def test_size_of_a_response(invoked, listener, size_bytes):
    status, answer = await invoked.ask("POST", "invocation/r1/response", b"x" * size_bytes)
    (found,) = listener.heard
    assert found.size_bytes == size_bytes
    if size_bytes == LARGEST:
        assert (status, len(found.payload)) == (202, size_bytes)
    else:
        text = "Exceeded maximum allowed payload size (6291556 bytes)."
        assert (status, answer) == (413, refused("RequestEntityTooLarge", text))
        assert len(found.payload) <= LARGEST


async def stream(client: Client, *chunks: bytes, trailers: str = "", mode: str = "streaming") -> None:
    client.writer.write(
        b"POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1\r\n"
        + f"Host: {client.api.address}\r\nTransfer-Encoding: chunked\r\n".encode()
        + f"Lambda-Runtime-Function-Response-Mode: {mode}\r\n".encode()
        + b"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
    )
    for chunk in chunks:
        client.writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        await client.writer.drain()
        await asyncio.sleep(0.001)
    client.writer.write(b"0\r\n" + trailers.encode() + b"\r\n")


async def test_streamed_response(invoked, listener):
    await stream(invoked, b"one ", b"two ", b"three")
    assert (await invoked.receive())[0] == 202
    assert listener.heard == [Answer(payload=b"one two three", size_bytes=13, streamed=True)]


async def test_a_streamed_response_may_be_larger(invoked, listener):
    await stream(invoked, *[b"x" * 1_000_000] * 8)
    assert (await invoked.receive())[0] == 202
    assert listener.heard[0].size_bytes == len(listener.heard[0].payload) == 8_000_000


async def test_a_streamed_response_that_fails_midway(invoked, listener):
    body = b'{"errorMessage": "midway", "errorType": "Boom"}'
    trailers = f"Lambda-Runtime-Function-Error-Type: Function.Boom\r\nLambda-Runtime-Function-Error-Body: {base64.b64encode(body).decode()}\r\n"  # noqa: E501
    await stream(invoked, b"one ", trailers=trailers)
    assert (await invoked.receive())[0] == 202
    assert listener.heard == [Answer(payload=body, size_bytes=4, streamed=True, error_type="Function.Boom")]


async def test_an_unknown_response_mode(invoked):
    await stream(invoked, b"one", mode="shouting")
    status, _, body = await invoked.receive()
    assert (status, json.loads(body)["errorType"]) == (400, "InvalidFunctionResponseMode")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "nothing"),
        ("POST", "invocation/next"),
        ("GET", "invocation/r1/response"),
        ("POST", "invocation/r1/response/more"),
        ("DELETE", "init/error"),
    ],
)
async def test_no_such_resource(client, method, path):
    assert (await client.ask(method, path))[0] == 404


async def test_another_host(client):
    status, answer = await client.ask("GET", "invocation/next", Host="example.com")
    assert (status, answer["errorType"]) == (403, "InvalidHost")


async def test_not_http(client, listener):
    client.writer.write(b"hello there\r\n\r\n")
    status, _, body = await client.receive()
    assert (status, json.loads(body)["errorType"]) == (400, "TruncatedHTTPRequest")
    assert await client.reader.read() == b""
    assert listener.heard == []


async def test_a_request_that_comes_in_pieces(api, client, listener):
    for byte in f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {api.address}\r\n\r\n".encode():
        client.writer.write(bytes([byte]))
        await client.writer.drain()
    await asyncio.wait_for(listener.idle.wait(), 2)


async def test_expect_continue(api, invoked, listener):
    head = f"POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1\r\nHost: {api.address}\r\n"
    invoked.writer.write(f"{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode())
    assert await invoked.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    invoked.writer.write(b"{}")
    assert (await invoked.receive())[0] == 202


async def test_connections_close_when_asked_to(api, invoked):
    await invoked.send("POST", "invocation/r1/response", b"{}", Connection="close")
    assert (await invoked.receive())[0] == 202
    assert await asyncio.wait_for(invoked.reader.read(), 2) == b""


async def test_a_runtime_that_hangs_up_gets_the_event_when_it_asks_again(api, client, listener):
    await client.send("GET", "invocation/next")
    await listener.idle.wait()
    client.writer.close()
    await client.writer.wait_closed()
    await asyncio.sleep(0.01)
    api.deliver("r1", head=HEAD, payload=b"[1]")
    again = await connect(api)
    await again.send("GET", "invocation/next")
    assert (await again.receive())[2] == b"[1]"
    assert (await again.ask("GET", "invocation/next"))[0] == 403
    assert (await again.ask("POST", "invocation/r1/response", b"{}"))[0] == 202
    assert len(listener.heard) == 2


async def test_a_runtime_that_hangs_up_waits_no_more(api, client, listener):
    await client.send("GET", "invocation/next")
    await listener.idle.wait()
    client.writer.close()
    await client.writer.wait_closed()
    again = await connect(api)
    listener.idle.clear()
    await again.send("GET", "invocation/next")
    await listener.idle.wait()
    api.deliver("r2", head=HEAD, payload=b"{}")
    assert (await again.receive())[2] == b"{}"
