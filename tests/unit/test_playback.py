"""The playback of servers of others, asked as the guest asks: recorded once, played back, or neither."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import trustme
import uvloop

from headstart.model.invocation import Event
from headstart.model.proof import Sent
from headstart.optimize.proof.playback import Playback

EVENT = Event(b"1")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class NoServices:
    """A function that needs none."""

    addresses = frozenset({"127.0.0.1:1"})
    native_clients = frozenset[str]()

    def take(self) -> tuple[Sent, ...]:
        return ()


class Guest:
    """Connects to one server by the playback; ``calls`` counts what really came to the server."""

    def __init__(self, playback: Playback, port: int, calls: list[bytes]) -> None:
        self.playback, self.port, self.calls = playback, port, calls
        self.name = "api.test"
        self.trusting = ssl.create_default_context()

    def begin(self, *, may_record: bool = False, event: Event = EVENT) -> None:
        self.playback.recording.begin_pass(may_record=may_record)
        self.playback.recording.begin_event(event, fresh=True)

    async def ask(self, question: dict[str, Any]) -> tuple[dict[str, Any], Streams]:
        (port,) = self.playback.variables.values()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        body = json.dumps(question).encode()
        writer.write(len(body).to_bytes(4, "big") + body)
        size_bytes = int.from_bytes(await reader.readexactly(4), "big")
        return json.loads(await reader.readexactly(size_bytes)), (reader, writer)

    async def connect(self, *, by_tls: bool = False) -> Streams:
        server = {"to": f"{self.name}:{self.port}", "host": "127.0.0.1", "port": self.port}
        answer, (reader, writer) = await self.ask({"ask": "connect", "server": server})
        if answer["error"]:
            raise OSError(answer["error"], "connecting")
        if by_tls:
            await writer.start_tls(self.trusting, server_hostname=self.name)
        return reader, writer

    async def said(self, sent: bytes, *, by_tls: bool = False) -> bytes:
        """All that comes back for ``sent``, to the end of the connection."""
        reader, writer = await self.connect(by_tls=by_tls)
        writer.write(sent)
        async with asyncio.timeout(20):
            found = await reader.read()
        writer.close()
        return found

    async def trust_proof(self, **trust: Any) -> None:
        begun, _ = await self.ask({"ask": "begin"})
        self.trusting.load_verify_locations(cadata=begun["certificate"])
        await self.ask({"ask": "trust", "name": self.name, "trust": trust})


async def until_quiet(reader: asyncio.StreamReader) -> bytes:
    """What comes while the connection stays open."""
    found = b""
    try:
        while True:
            async with asyncio.timeout(0.3 if found else 1):
                data = await reader.read(1 << 16)
            assert data, "closed"
            found += data
    except TimeoutError:
        return found


@asynccontextmanager
async def playing(answering: Answering, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Guest]:
    """A guest whose server does ``answering`` with each connection."""
    calls: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(b"connection")
        with suppress(asyncio.IncompleteReadError):
            await answering(reader, writer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server, Playback(NoServices()) as playback:
        guest = Guest(playback, server.sockets[0].getsockname()[1], calls)
        guest.begin(may_record=True)
        yield guest


def response(body: str, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def post(path: str, *headers: str, body: str = "") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: api.test", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def last(path: str, *headers: str, body: str = "") -> bytes:
    """A request after which the connection is closed."""
    return post(path, "Connection: close", *headers, body=body)


def counting() -> Answering:
    """Answers each request with how many there were."""
    count = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        while head := await reader.readuntil(b"\r\n\r\n"):
            count += 1
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            writer.write(response(f"{count} {head.split()[1].decode()} {body.decode()}"))

    return answer


def bodies(said: bytes) -> list[bytes]:
    return [part.split(b"\r\n\r\n")[1] for part in said.split(b"HTTP/1.1 200 OK")[1:]]


async def test_what_was_recorded_is_played_back_in_every_pass_without_a_call():
    async with playing(counting()) as guest:
        recorded = await guest.said(post("/a") + post("/b", body="x") + last("/a"))
        assert bodies(recorded) == [b"1 /a ", b"2 /b x", b"3 /a "]
        assert guest.calls == [b"connection"]
        for _ in range(2):
            guest.begin()
            assert await guest.said(post("/b", body="x") + post("/a") + last("/a")) == (
                b"".join(response(body.decode()) for body in (b"2 /b x", b"1 /a ", b"3 /a "))
            )
        assert guest.calls == [b"connection"]
        assert guest.playback.take_doubts() == ()
        (note,) = guest.playback.notes
        assert "its 3 answers were played back" in note


async def test_what_was_not_recorded_is_answered_with_502_and_said():
    async with playing(counting()) as guest:
        await guest.said(last("/a"))
        guest.begin()
        assert (await guest.said(post("/a") + last("/a"))).endswith(
            b"was not asked in the first replay of the old package\n"
        )
        (doubt,) = guest.playback.take_doubts()
        assert doubt.startswith(f"POST /a at api.test:{guest.port} was not asked")
        assert guest.calls == [b"connection"]
        guest.begin(event=Event(b"2"))
        assert b"502 Bad Gateway" in await guest.said(last("/a"))


async def test_clients_in_parallel_get_their_own_answers_in_whatever_order():
    async with playing(counting()) as guest:
        asked = [last(f"/{number}") for number in range(20)]
        recorded = dict(zip(asked, await asyncio.gather(*map(guest.said, asked)), strict=True))
        assert len({*recorded.values()}) == len(asked)
        guest.begin()
        asked.reverse()
        assert dict(zip(asked, await asyncio.gather(*map(guest.said, asked)), strict=True)) == recorded
        assert guest.playback.take_doubts() == ()


async def test_each_place_in_the_replay_has_its_own_answers():
    async with playing(counting()) as guest:
        recording, one, two = guest.playback.recording, Event(b"1"), Event(b"2")

        async def replayed() -> list[bytes]:
            found = await guest.said(last("/"))  # the fresh environment that ``begin`` began
            for event, fresh in ((one, True), (two, False), (one, False)):
                recording.begin_event(event, fresh=fresh)
                found += await guest.said(last("/"))
            return bodies(found)

        first = await replayed()
        assert [body[:1] for body in first] == [b"1", b"2", b"3", b"4"]
        guest.begin()
        assert await replayed() == first
        guest.begin(may_record=True)
        assert await replayed() == first
        recording.begin_event(two, fresh=True)
        assert bodies(await guest.said(last("/")))[0][:1] == b"5"


async def test_what_is_volatile_in_a_request_does_not_keep_it_from_its_answer():
    async with playing(counting()) as guest:
        await guest.said(post("/a?at=1", body="id 1") + post("/a?at=1", body="id 2") + last("/a", "X-Amz-Target: B"))
        guest.begin()
        asked = post("/a", "X-Amz-Target: B") + post("/a?at=2", body="id 7") + last("/a?at=1", body="id 2")
        assert [body[:1] for body in bodies(await guest.said(asked))] == [b"3", b"1", b"2"]
        assert guest.playback.take_doubts() == ()


async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
    await reader.read()


async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await reader.readexactly(4)
    writer.write(response("done"))
    await reader.read()


@pytest.mark.parametrize(
    ("answering", "expected"),
    [
        (early, b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"),
        (patient, b"HTTP/1.1 100 Continue\r\n\r\n" + response("done")),
    ],
    ids=["refused", "continued"],
)
async def test_a_client_that_waits_to_be_told_to_continue_is(answering, expected):
    async with playing(answering) as guest:
        head = b"PUT / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"

        async def told() -> bytes:
            reader, writer = await guest.connect()
            writer.write(head)
            found = await reader.readuntil(b"\r\n\r\n")
            if b"100 Continue" not in found:
                return found + await reader.read()
            writer.write(b"data")
            return found + await reader.readexactly(len(response("done")))

        assert await told() == expected
        guest.begin()
        assert await told() == expected
        assert guest.calls == [b"connection"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n9\r\ncut",
        b"HTTP/1.1 200 OK\r\n\r\nuntil closed",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        b"no HTTP at all",
        b"",
    ],
)
async def test_answers_are_the_same_bytes_and_end_where_they_ended(answer):
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with playing(answering) as guest:
        assert await guest.said(post("/")) == answer
        guest.begin()
        assert await guest.said(post("/")) == answer
        assert guest.calls == [b"connection"]


async def test_a_connection_goes_on_after_an_answer_that_says_its_end():
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n"

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)

    async with playing(answering) as guest:
        for _ in range(2):
            assert await guest.said(post("/") + last("/")) == answer * 2
            guest.begin()
        assert guest.calls == [b"connection"]


async def test_a_client_that_gave_up_waits_in_vain_again():
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with playing(answering) as guest:
        for _ in range(2):
            reader, writer = await guest.connect()
            writer.write(post("/"))
            assert await until_quiet(reader) == b""
            writer.close()
            guest.begin()
        assert guest.playback.take_doubts() == ()


async def test_how_connecting_ends_is_played_back_too():
    async with playing(counting()) as guest:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            guest.port = closed.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            await guest.connect()
        with socket.create_server(("127.0.0.1", guest.port)):
            guest.begin()
            with pytest.raises(ConnectionRefusedError):
                await guest.connect()
            await guest.connect()  # once more than was tried: what is asked will be answered with 502


async def shouting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 ready\r\n")
    writer.write(b"250 " + await reader.readline())


async def echoing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"you said " + await reader.readexactly(8))


async def switching(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
    writer.write(await reader.readexactly(4))


@pytest.mark.parametrize(
    ("answering", "sent", "expected"),
    [
        (shouting, b"HELO you\r\n", b"220 ready\r\n250 HELO you\r\n"),
        (echoing, b"AMQP\0\0\x09\1", b"you said AMQP\0\0\x09\1"),
        (switching, post("/", "Upgrade: websocket") + b"\x81\x02hi", b"\r\n\r\n\x81\x02hi"),
    ],
    ids=["speaks first", "no HTTP", "upgraded"],
)
async def test_what_is_not_http_passes_through_each_time_and_is_said(answering, sent, expected):
    async with playing(answering) as guest:
        for _ in range(2):
            assert (await guest.said(sent)).endswith(expected)
            guest.begin()
        assert guest.calls == [b"connection"] * 2
        assert any("was really called in every replay" in note for note in guest.playback.notes)
        assert guest.playback.take_doubts() == ()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.test").configure_cert(context)
    return context


def anchor(authority: trustme.CA) -> str:
    return "".join(authority.cert_pem.bytes().decode().split("\n")[1:-2])


async def test_tls_ends_at_the_playback_which_trusts_what_the_function_trusts(authority):
    async with playing(counting(), tls=server_context(authority)) as guest:
        await guest.trust_proof(anchors=[anchor(authority)])
        assert bodies(await guest.said(last("/a"), by_tls=True)) == [b"1 /a "]
        guest.begin()
        assert bodies(await guest.said(last("/a"), by_tls=True)) == [b"1 /a "]
        assert guest.calls == [b"connection"]
        assert guest.playback.take_doubts() == ()
        await guest.trust_proof(verifies=False)
        assert guest.playback.take_doubts() == (
            "api.test is trusted by other certificates than in the first replay of the old package",
        )


@pytest.mark.parametrize("trust", [{}, {"verifies": False}])
async def test_a_server_that_the_function_would_not_trust_is_not_asked(authority, trust):
    async with playing(counting(), tls=server_context(authority)) as guest:
        await guest.trust_proof(**trust)
        said = await guest.said(last("/a"), by_tls=True)
        doubts = guest.playback.take_doubts()
        guest.begin()
        assert await guest.said(last("/a"), by_tls=True) == said
        assert (bodies(said), len(doubts)) == (([b"1 /a "], 0) if trust else ([], 1))
        assert not doubts or "CERTIFICATE_VERIFY_FAILED" in doubts[0]


async def test_a_function_that_does_not_trust_the_playback_is_said(authority):
    async with playing(counting(), tls=server_context(authority)) as guest:
        with pytest.raises(ssl.SSLCertVerificationError):
            await guest.said(last("/a"), by_tls=True)
        doubts: tuple[str, ...] = ()
        for _ in range(1000):  # its end of the connection finds out later
            doubts = doubts or guest.playback.take_doubts()
            await asyncio.sleep(0.001)
        assert "accepts no certificate" in doubts[0]


async def test_names_are_looked_up_once_and_new_ones_not_at_all():
    async with playing(counting()) as guest:

        async def found(host: str) -> dict[str, Any]:
            answer, _ = await guest.ask({"ask": "resolve", "host": host, "port": 80, "options": [0, 1, 0, 0]})
            return answer

        assert [entry[4] for entry in (await found("0x7f.1"))["found"]] == [["127.0.0.1", 80]]
        assert "error" in await found("no such name")
        guest.begin()
        assert [entry[4] for entry in (await found("0x7f.1"))["found"]] == [["127.0.0.1", 80]]
        assert "error" in await found("no such name")
        (entry,) = (await found("0x7f.2"))["found"]
        assert entry[4][0].startswith("192.0.2.")


async def test_the_services_that_headstart_started_are_not_for_it():
    async with playing(counting()) as guest:
        begun, _ = await guest.ask({"ask": "begin"})
        assert begun["direct"] == ["127.0.0.1:1"]


def test_it_works_on_the_event_loop_of_the_command_line(authority):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_what_was_recorded_is_played_back_in_every_pass_without_a_call())
        runner.run(test_tls_ends_at_the_playback_which_trusts_what_the_function_trusts(authority))
        runner.run(test_how_connecting_ends_is_played_back_too())
