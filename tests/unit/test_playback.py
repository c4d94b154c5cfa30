"""The playback of servers of others, asked as the guest asks: recorded once, played back, or refused."""

import asyncio

import pytest
import uvloop
from playback_fixture import bodies, counting, last, playing, post, response

from headstart.model.invocation import Event


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
        guest.begin(may_record=True)
        recording.begin_event(two, fresh=True)
        assert bodies(await guest.said(last("/")))[0][:1] == b"5"


async def test_what_is_volatile_in_a_request_does_not_keep_it_from_its_answer():
    target = "X-Amz-Target: B"
    async with playing(counting()) as guest:
        await guest.said(post("/a?at=1", body="id 1") + post("/a?at=1", body="id 2") + last("/a", target, body="id 3"))
        guest.begin()
        asked = post("/a", target, body="id 8") + post("/a?at=1", body="id 2") + last("/a?at=2", body="id 9")
        assert [body[:1] for body in bodies(await guest.said(asked))] == [b"3", b"2", b"1"]
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


def test_it_works_on_the_event_loop_of_the_command_line():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_what_was_recorded_is_played_back_in_every_pass_without_a_call())
