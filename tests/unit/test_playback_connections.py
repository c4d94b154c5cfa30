"""The playback of servers of others: how connecting ends, what is not HTTP, TLS, and names."""

import asyncio
import socket
import ssl
from typing import Any

import pytest
import trustme
import uvloop
from playback_fixture import bodies, counting, last, playing, post


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


async def test_a_client_that_waits_for_the_server_hears_it():
    async with playing(shouting) as guest:
        for _ in range(2):
            reader, writer = await guest.connect()
            assert await reader.readline() == b"220 ready\r\n"
            writer.write(b"HELO you\r\n")
            assert await reader.read() == b"250 HELO you\r\n"
            guest.begin()


async def test_a_client_that_waits_for_a_server_that_hangs_up_is_hung_up_on():
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...

    async with playing(answering) as guest:
        assert await guest.said(b"") == b""


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


async def test_the_name_that_the_client_asks_for_counts_and_not_the_address(authority):
    async with playing(counting(), tls=server_context(authority)) as guest:
        await guest.trust_proof(anchors=[anchor(authority)])
        guest.name = "127.0.0.1"
        assert bodies(await guest.said(last("/a"), by_tls=True)) == [b"1 /a "]


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


async def test_it_answers_no_one_who_does_not_know_the_password():
    async with playing(counting()) as guest:
        for question in ({"ask": "begin"}, {"ask": "connect", "server": {"to": "x:1", "host": "127.0.0.1", "port": 1}}):
            with pytest.raises(asyncio.IncompleteReadError):
                await guest.ask(question, password="guessed")


async def test_the_services_that_headstart_started_are_not_for_it():
    async with playing(counting()) as guest:
        begun, _ = await guest.ask({"ask": "begin"})
        assert begun["direct"] == ["127.0.0.1:1"]


def test_it_works_on_the_event_loop_of_the_command_line(authority):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_tls_ends_at_the_playback_which_trusts_what_the_function_trusts(authority))
        runner.run(test_how_connecting_ends_is_played_back_too())
        runner.run(test_a_client_that_waits_for_the_server_hears_it())
