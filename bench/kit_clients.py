"""What the kit's clients cost, and how soon they give up, beside the libraries' own.

Clients of AWS are made in fresh processes, ours and boto3's in turn; PostgreSQL and Redis are real ones on loopback,
and both sides of a figure are interleaved.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psycopg2
import redis as redis_py
from rows import Row, arguments, finish

from headstart.services.program import LOOPBACK
from headstart.services.running import Services, running
from headstart_kit import lifecycle
from headstart_kit.postgresql import is_quiet, postgres
from headstart_kit.postgresql_connect import connect, read_target
from headstart_kit.redis_client import make_client
from headstart_kit.resources import resource
from headstart_kit.settings import Secret

_KIT = Path(__file__).parents[1] / "kit/src"
# Beside what Lambda's runtime client has loaded before the function's code; CPU time, for the machine is shared.
_FRESH = """
import json, resource, sys, time
import awslambdaric.bootstrap, http.client, headstart_kit
begun = time.process_time()
{make}
cpu_ms = (time.process_time() - begun) * 1000
print(json.dumps([cpu_ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_OURS = "from headstart_kit.aws_client import boto3_client; boto3_client({service!r})()"
_THEIRS = "import boto3; boto3.client({service!r})"
_NOWHERE = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
_BATCH = 200
_PATIENCE_S = 5

Times = dict[str, list[float]]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--fresh", type=int, default=10, help="fresh processes for each side")
    parser.add_argument("--rounds", type=int, default=10, help=f"blocks of {_BATCH} calls for each side")
    options = parser.parse_args()
    rows = [row for service in ("s3", "dynamodb") for row in _aws(service, count=options.fresh)]
    with running(("postgres", "redis"), password="loopback-only") as services:
        rows += [*_resources(options.rounds), *_postgres(services, options.rounds), *_redis(services, options.rounds)]
    finish(rows, options)


def _aws(service: str, *, count: int) -> list[Row]:
    cpu_ms, peak_mb = defaultdict(list), defaultdict(list)
    for _ in range(count):
        for side, make in (("ours", _OURS), ("boto3", _THEIRS)):
            program = _FRESH.format(make=make.format(service=service))
            done = subprocess.run(
                [sys.executable, "-c", program],
                env={"PYTHONPATH": str(_KIT), "PATH": os.environ["PATH"], **_NOWHERE},
                capture_output=True,
                check=True,
            )
            cpu, peak = json.loads(done.stdout)
            cpu_ms[side].append(cpu)
            peak_mb[side].append(peak)
    ratio = median(ours / theirs for ours, theirs in zip(cpu_ms["ours"], cpu_ms["boto3"], strict=True))
    detail = f"p50 {median(cpu_ms['ours']):.0f} / {median(cpu_ms['boto3']):.0f} ms of CPU, n = {count}"
    saved_mb = median(peak_mb["boto3"]) - median(peak_mb["ours"])
    what = f'boto3_client("{service}") / boto3.client, imports included'
    return [Row(what, ratio, "", "<= 0.8", f"{detail}; {saved_mb:.1f} MB less")]


def _resources(rounds: int) -> list[Row]:
    value = resource(object, check=lambda _: True)
    times: Times = defaultdict(list)

    def first_in_an_invocation() -> None:
        lifecycle.invocation_began()
        value()

    for _ in range(rounds):
        _time(times, "again", value)
        _time(times, "first", first_in_an_invocation)
    return [
        _alone(times, "again", "a resource, again in an invocation", bar="<= 2"),
        _alone(times, "first", "a resource, first in an invocation (checked)", bar="<= 4"),
    ]


def _postgres(services: Services, rounds: int) -> list[Row]:
    url = services.environment["DATABASE_URL"]
    raw, ours = psycopg2.connect(url), postgres(url)
    target = read_target(url, prefix=None)
    times: Times = defaultdict(list)

    def transaction() -> None:
        with raw, raw.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    def borrowed() -> None:
        lifecycle.invocation_began()
        with ours as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    for _ in range(rounds):
        _time(times, "poll", lambda: is_quiet(raw))
        _time(times, "raw", transaction)
        _time(times, "ours", borrowed)
        _time(times, "raw connect", lambda: psycopg2.connect(url).close(), count=_BATCH // 20)
        _time(times, "connect", lambda: connect(target, timeout_s=3).close(), count=_BATCH // 20)
    ours.close()
    raw.close()
    return [
        _alone(times, "poll", "whether PostgreSQL has hung up: a poll of its socket", bar="<= 2"),
        _ratio(times, "ours", "raw", what="transaction, checked and limited in time / psycopg2's own", bar="<= 1.6"),
        _ratio(times, "connect", "raw connect", what="connection in time / psycopg2's own", bar="<= 1.3"),
        Row(
            "PostgreSQL that never answers: given up after",
            _given_up_s(_silent_postgres) * 1000,
            "ms",
            "<= 350",
            "300 asked",
        ),
    ]


def _redis(services: Services, rounds: int) -> list[Row]:
    url = services.environment["REDIS_URL"]
    times: Times = defaultdict(list)

    def first_command(make: Callable[[], "redis_py.Redis"]) -> float:
        client = make()
        begun = time.perf_counter()
        client.get("key")
        took_us = (time.perf_counter() - begun) * 1e6
        client.connection_pool.disconnect()
        return took_us

    ours, theirs = make_client(Secret(url)), redis_py.Redis.from_url(url)
    for _ in range(rounds):
        _time(times, "ours", lambda: ours.get("key"))
        _time(times, "redis-py", lambda: theirs.get("key"))
        for _ in range(_BATCH // 20):
            times["connect"].append(first_command(lambda: make_client(Secret(url))))
            times["redis-py connect"].append(first_command(lambda: redis_py.Redis.from_url(url)))
    services["redis"].stop()
    stopped_ms = _given_up_s(ours.ping) * 1000
    stopped = urlsplit(url).port
    theirs_stopped = _patiently(redis_py.Redis(host=LOOPBACK, port=stopped).ping)
    with socket.create_server((LOOPBACK, 0)) as listener:
        silent = listener.getsockname()[1]
        silent_ms = _given_up_s(make_client(Secret(f"redis://{LOOPBACK}:{silent}/0")).ping) * 1000
        theirs_silent = _patiently(redis_py.Redis(host=LOOPBACK, port=silent).ping)
    return [
        _ratio(times, "ours", "redis-py", what="Redis GET in time / redis-py's own", bar="<= 1.2"),
        _ratio(
            times,
            "connect",
            "redis-py connect",
            what="first command, with its connection / redis-py's own",
            bar="<= 0.7",
        ),
        Row("stopped Redis: given up after", stopped_ms, "ms", "<= 100", f"redis-py by itself: {theirs_stopped}"),
        Row(
            "Redis that never answers: given up after",
            silent_ms,
            "ms",
            "<= 600",
            f"redis-py by itself: {theirs_silent}",
        ),
    ]


def _silent_postgres() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        url = f"postgresql://u:p@{LOOPBACK}:{listener.getsockname()[1]}/d"
        connect(read_target(url, prefix=None), timeout_s=0.3)


def _given_up_s(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    try:
        call()
    except Exception:
        return time.perf_counter() - begun
    raise AssertionError("it answered")


def _patiently(call: Callable[[], object]) -> str:
    """When ``call`` gives up, as far as we wait for it."""
    taken_s: list[float] = []
    thread = threading.Thread(target=lambda: taken_s.append(_given_up_s(call)), daemon=True)
    thread.start()
    thread.join(_PATIENCE_S)
    return f"{taken_s[0] * 1000:.0f} ms" if taken_s else f"more than {_PATIENCE_S} s"


def _time(times: Times, side: str, call: Callable[[], object], *, count: int = _BATCH) -> None:
    call()
    for _ in range(count):
        begun = time.perf_counter()
        call()
        times[side].append((time.perf_counter() - begun) * 1e6)


def _alone(times: Times, side: str, what: str, *, bar: str) -> Row:
    return Row(what, median(times[side]), "us", bar, f"p50, n = {len(times[side])}")


def _ratio(times: Times, ours: str, theirs: str, *, what: str, bar: str) -> Row:
    p50, against = median(times[ours]), median(times[theirs])
    return Row(what, p50 / against, "", bar, f"p50 {p50:.0f} / {against:.0f} us, n = {len(times[ours])}")


if __name__ == "__main__":
    main()
