"""What ``gather`` and its HTTP client cost, beside asyncio and the libraries by themselves.

Both sides of a ratio are interleaved in one run. The HTTP server is a process of its own on loopback, and answers at
once.
"""

import asyncio
import gc
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import httpx
from rows import Row, arguments, finish

from headstart_kit.fan_out import event_loop
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient

_KIT = Path(__file__).parents[1] / "kit/src"
_TASKS, _LIMIT, _WAIT_S = 50, 10, 0.02
_SERVER = """
import asyncio

async def answer(reader, writer):
    while (await reader.readuntil(b"\\r\\n\\r\\n")):
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n" + b"x" * 1000)

async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(serve())
"""
# Beside what Lambda's runtime client has loaded before the function's code; CPU time, for the machine is shared.
_IMPORT = """
import sys, time
import awslambdaric.bootstrap, http.client, asyncio, headstart_kit
begun = time.process_time()
import {modules}
print((time.process_time() - begun) * 1000)
"""

Times = dict[str, list[float]]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="blocks for each side")
    options = parser.parse_args()
    rows = [*_loops(options.rounds), *_gathers(options.rounds), *_imports(options.rounds)]
    with _server() as origin:
        rows += _http(origin, options.rounds)
    finish(rows, options)


async def _wait(_: int = 0) -> None:
    await asyncio.sleep(_WAIT_S)


async def _nothing(_: int = 0) -> None:
    return


async def _gather_by_semaphore(task: Callable[[int], Coroutine[Any, Any, Any]]) -> None:
    room = asyncio.Semaphore(_LIMIT)

    async def wait_for_room(number: int) -> None:
        async with room:
            await task(number)

    await asyncio.gather(*[wait_for_room(number) for number in range(_TASKS)])


def _ours(task: Callable[[int], Awaitable[Any]]) -> None:
    gather((partial(task, number) for number in range(_TASKS)), limit=_LIMIT)


def _loops(rounds: int) -> list[Row]:
    sides = {"gather's": lambda: event_loop.run(_nothing()), "asyncio.run's": lambda: asyncio.run(_nothing())}
    times = _interleave(sides, rounds=rounds, calls=100)
    return [_ratio(times, "gather's", "asyncio.run's", what="nothing to do, event loop", bar="<= 0.5")]


def _gathers(rounds: int) -> list[Row]:
    waiting = {
        "gather": lambda: _ours(_wait),
        "asyncio.gather and a semaphore": lambda: asyncio.run(_gather_by_semaphore(_wait)),
    }
    idle = {
        "gather": lambda: _ours(_nothing),
        "asyncio.gather and a semaphore": lambda: asyncio.run(_gather_by_semaphore(_nothing)),
    }
    what = f"{_TASKS} tasks of {_WAIT_S * 1000:.0f} ms, {_LIMIT} at a time"
    times, idle_times = _interleave(waiting, rounds=rounds, calls=1), _interleave(idle, rounds=rounds, calls=10)
    each_us = median(idle_times["gather"]) / _TASKS * 1e6
    return [
        _ratio(times, "gather", "asyncio.gather and a semaphore", what=what, bar="<= 1.1"),
        Row("gather, for a task that does nothing", each_us, "us", "", f"n = {len(idle_times['gather'])} x {_TASKS}"),
    ]


def _imports(rounds: int) -> list[Row]:
    sides = {
        "what HttpClient uses of httpx": "httpcore, anyio._backends._asyncio",
        "aiohttp": "aiohttp",
        "httpx": "httpx",
    }
    times: Times = defaultdict(list)
    for _ in range(min(rounds, 10)):
        for side, modules in sides.items():
            command = [sys.executable, "-c", _IMPORT.format(modules=modules)]
            said = subprocess.run(command, env={"PYTHONPATH": str(_KIT)}, capture_output=True, text=True, check=True)
            times[side].append(float(said.stdout) / 1000)
    what = "import, CPU time"
    return [
        _ratio(times, "what HttpClient uses of httpx", theirs, what=what, bar="<= 0.8")
        for theirs in ("aiohttp", "httpx")
    ]


def _http(origin: str, rounds: int) -> list[Row]:
    url = f"{origin}/"
    ours: dict[str, Callable[[], object]] = {}
    for name in ("aiohttp", "httpx"):
        client = HttpClient(AllowList(private=[origin]), library=name)
        ours[f"HttpClient by {name}"] = partial(_ours, lambda _, client=client: client.get(url))
    anew = {
        "aiohttp, a session per request": lambda: asyncio.run(_gather_by_semaphore(partial(_aiohttp_anew, url))),
        "httpx, a client per request": lambda: asyncio.run(_gather_by_semaphore(partial(_httpx_anew, url))),
    }
    # On the loop that gather keeps, so that their connections are kept as well.
    session, client_itself = event_loop.run(_open_kept())
    kept = {
        "aiohttp itself": lambda: event_loop.run(_gather_by_semaphore(partial(_read, session, url))),
        "httpx itself": lambda: event_loop.run(_gather_by_semaphore(lambda _: client_itself.get(url))),
    }
    times = _interleave(ours | anew, rounds=rounds, calls=1)
    times_kept = _interleave(ours | kept, rounds=rounds, calls=10)
    event_loop.run(_close_kept(session, client_itself))
    what = f"{_TASKS} requests"
    return [
        _ratio(times, "HttpClient by aiohttp", "aiohttp, a session per request", what=what, bar="<= 0.8"),
        _ratio(times, "HttpClient by httpx", "httpx, a client per request", what=what, bar="<= 0.5"),
        _ratio(times_kept, "HttpClient by aiohttp", "aiohttp itself", what=f"{what}, connections kept", bar=""),
        _ratio(times_kept, "HttpClient by httpx", "httpx itself", what=f"{what}, connections kept", bar=""),
    ]


async def _aiohttp_anew(url: str, number: int) -> None:
    async with aiohttp.ClientSession() as session:
        await _read(session, url, number)


async def _read(session: aiohttp.ClientSession, url: str, _: int) -> None:
    async with session.get(url) as response:
        await response.read()


async def _httpx_anew(url: str, _: int) -> None:
    async with httpx.AsyncClient() as client:
        await client.get(url)


async def _open_kept() -> tuple[aiohttp.ClientSession, httpx.AsyncClient]:
    return aiohttp.ClientSession(), httpx.AsyncClient()


async def _close_kept(session: aiohttp.ClientSession, client: httpx.AsyncClient) -> None:
    await session.close()
    await client.aclose()


@contextmanager
def _server() -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.kill()
        server.wait()


def _interleave(sides: dict[str, Callable[[], object]], *, rounds: int, calls: int) -> Times:
    """Seconds for a call of each side, the sides in turn."""
    times: Times = defaultdict(list)
    for call in sides.values():
        call()
    for _ in range(rounds):
        for side, call in sides.items():
            gc.collect()  # not of one side's garbage in the time of another
            begun = time.perf_counter()
            for _ in range(calls):
                call()
            times[side].append((time.perf_counter() - begun) / calls)
    return times


def _ratio(times: Times, ours: str, theirs: str, *, what: str, bar: str) -> Row:
    p50, against = median(times[ours]) * 1000, median(times[theirs]) * 1000
    detail = f"p50 {p50:.3g} / {against:.3g} ms, n = {len(times[ours])}"
    return Row(f"{what}: {ours} / {theirs}", p50 / against, "", bar, detail)


if __name__ == "__main__":
    main()
