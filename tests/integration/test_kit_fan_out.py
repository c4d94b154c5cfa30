"""Fan-out over real servers: PostgreSQL, S3 and HTTP on loopback."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kit.fan_out_fixture import serving
from stalling_proxy import StallingProxy

from headstart_kit import deadline as deadlines
from headstart_kit.aws_client import boto3_client
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, ResourceError, SettingError, TooLargeError
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.file_reads import read_file
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient
from headstart_kit.fan_out.s3_objects import read_object, write_object
from headstart_kit.fan_out.sql_query import SqlClient
from headstart_kit.parallel.outcomes import FailedItem

OURS = "FROM pg_stat_activity WHERE application_name = 'headstart-kit'"


@pytest.fixture
def admin(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def sql(database_url: str, admin: psycopg.Connection[Any]) -> SqlClient:
    admin.execute("CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL)")
    admin.execute("INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 50) i")
    return SqlClient(database_url)


@pytest.fixture
def within_ms() -> Iterator[Callable[[float], None]]:
    """Begin an invocation that has so many ms left."""
    before = deadlines.current()
    yield lambda ms: deadlines.begin(Deadline(ms, margin_ms=0)) and None
    deadlines.begin(before)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what happens on a server."""
    for _ in range(200):
        if is_so():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen")


def failure(outcome: object) -> BaseException:
    assert isinstance(outcome, FailedItem)
    return outcome.error


def test_d82_http_sql_file_and_s3_do_real_work(sql: SqlClient, s3: Any, bucket: str, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"on disk")
    s3.put_object(Bucket=bucket, Key="key", Body=b"in S3")
    with serving() as server:
        http = HttpClient(AllowList(private=[server.origin]))
        response, rows, content, body = gather(
            [
                partial(http.get, f"{server.origin}/status/200"),
                partial(sql.fetch, "SELECT id, name FROM users WHERE id <= %s ORDER BY id", [2]),
                partial(read_file, tmp_path / "file"),
                partial(read_object, bucket, "key", client=s3),
            ]
        )
    assert (response.status, response.size_bytes) == (200, 7)
    assert rows == [{"id": 1, "name": "user 1"}, {"id": 2, "name": "user 2"}]
    assert (content, body) == (b"on disk", b"in S3")


def test_d82_queries_run_over_a_few_connections(database_url: str, admin: psycopg.Connection[Any]):
    sql = SqlClient(database_url, connections=3)
    query = f"SELECT pg_backend_pid() AS pid, count(*) {OURS} GROUP BY 1"
    for _ in range(2):
        rows = [rows[0] for rows in gather([partial(sql.fetch, query)] * 40, limit=20)]
        assert max(row["count"] for row in rows) <= 3
    kept = admin.execute(f"SELECT pid, state {OURS}").fetchall()
    assert {pid for pid, _ in kept} == {row["pid"] for row in rows}
    assert {state for _, state in kept} == {"idle"}


def test_a_statement_is_committed_or_rolled_back(sql: SqlClient, admin: psycopg.Connection[Any]):
    insert = partial(sql.execute, "INSERT INTO users SELECT i, %s FROM generate_series(51, 55) i", ["new"])
    assert gather([insert]) == [5]
    (outcome,) = gather([insert], on_error="keep")
    assert isinstance(failure(outcome), psycopg.errors.UniqueViolation)
    assert admin.execute(f"SELECT state {OURS}").fetchall() == [("idle",)]
    assert gather([partial(sql.fetch, "SELECT count(*) FROM users")]) == [[{"count": 55}]]
    assert admin.execute(f"SELECT count(*) {OURS}").fetchone() == (1,)


def test_a_connection_that_died_in_the_freeze_is_replaced(sql: SqlClient, admin: psycopg.Connection[Any]):
    ask = partial(sql.fetch, "SELECT pg_backend_pid() AS pid")
    before = gather([ask] * 3)
    admin.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
    until(lambda: admin.execute(f"SELECT count(*) {OURS}").fetchone() == (0,))
    assert {rows[0]["pid"] for rows in before}.isdisjoint(rows[0]["pid"] for rows in gather([ask] * 3))


def is_nothing_active(admin: psycopg.Connection[Any]) -> bool:
    return admin.execute(f"SELECT count(*) {OURS} AND state <> 'idle'").fetchone() == (0,)


def test_a_query_that_takes_too_long_is_cancelled(database_url: str, admin: psycopg.Connection[Any]):
    sql = SqlClient(database_url, timeout_s=0.3)
    gather([partial(sql.fetch, "SELECT 1")])  # connecting takes time as well
    with pytest.raises(TimeoutError, match=r"PostgreSQL did not answer completely within 0\.3 s"):
        gather([partial(sql.fetch, "SELECT pg_sleep(60)")])
    until(lambda: is_nothing_active(admin))
    assert gather([partial(sql.fetch, "SELECT 1 AS one")]) == [[{"one": 1}]]


def test_the_deadline_cancels_queries_and_keeps_results(sql: SqlClient, admin: psycopg.Connection[Any], within_ms):
    gather([partial(sql.fetch, "SELECT 1")])
    within_ms(400)
    queries = ["SELECT 1 AS one", "SELECT pg_sleep(60)", "SELECT pg_sleep(60)", "SELECT 4 AS four"]
    outcomes = gather([partial(sql.fetch, query) for query in queries], on_error="keep")
    assert (outcomes[0], outcomes[3]) == ([{"one": 1}], [{"four": 4}])
    assert isinstance(failure(outcomes[1]), DeadlineError | TimeoutError)
    assert isinstance(failure(outcomes[2]), DeadlineError | TimeoutError)
    until(lambda: is_nothing_active(admin))


def test_the_server_ends_what_nobody_waits_for(sql: SqlClient, within_ms):
    within_ms(3000)
    ((row,),) = gather([partial(sql.fetch, "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")])
    assert 0 < row["setting"] <= 3100


def test_rows_are_capped(database_url: str):
    sql = SqlClient(database_url, max_rows=1000)
    many = partial(sql.fetch, "SELECT i FROM generate_series(1, %s) i")
    with pytest.raises(TooLargeError, match="the query gives more than 1000 rows"):
        gather([partial(many, [1_000_000])])
    assert len(gather([partial(many, [1000])])[0]) == 1000


def test_a_server_that_fell_silent_hangs_nobody(database_url: str, within_ms):
    port = int(database_url.partition("@")[2].partition(":")[2].partition("/")[0])
    proxy = StallingProxy(port)
    try:
        sql = SqlClient(database_url.replace(f":{port}/", f":{proxy.port}/"))
        ask = partial(sql.fetch, "SELECT 1 AS one")
        gather([ask] * 2)
        proxy.stall()
        within_ms(200)
        with pytest.raises((DeadlineError, TimeoutError)):
            gather([ask] * 2)
        within_ms(20_000)
        assert gather([ask] * 2) == [[{"one": 1}]] * 2
    finally:
        proxy.close()


@pytest.mark.slow
def test_after_a_restart_it_is_as_before(own_services):
    services = own_services("postgres")
    sql = SqlClient(services.environment["DATABASE_URL"], timeout_s=20)
    ask = partial(sql.fetch, "SELECT 1 AS one")
    assert gather([ask] * 3) == [[{"one": 1}]] * 3
    services["postgres"].kill()
    for outcome in gather([ask] * 3, on_error="keep"):
        assert isinstance(failure(outcome), ResourceError | psycopg.OperationalError)
    services["postgres"].start()
    assert gather([ask] * 3) == [[{"one": 1}]] * 3


def test_no_secret_is_told(database_url: str):
    wrong = database_url.replace("loopback-only", "another-secret")
    with pytest.raises(ResourceError, match=r"^PostgreSQL at 127\.0\.0\.1:\d+: ") as caught:
        gather([partial(SqlClient(wrong).fetch, "SELECT 1")])
    assert "another-secret" not in str(caught.value)
    assert "another-secret" not in repr(SqlClient(wrong))
    with pytest.raises(SettingError, match="DATABASE_URL is not like"):
        SqlClient("mysql://user:secret@host/database")
    with pytest.raises(ValueError, match="connections is 0; allowed: 1 or more"):
        SqlClient(wrong, connections=0)


def test_psycopg2_alone_is_not_enough():
    source = """
import sys
sys.modules["psycopg"] = None
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.sql_query import SqlClient
sql = SqlClient("postgresql://user@127.0.0.1/database")
outcome, = gather([lambda: sql.fetch("SELECT 1")], on_error="keep")
print(outcome.error)
"""
    kit = Path(__file__).parents[2] / "kit/src"
    done = subprocess.run(
        [sys.executable, "-c", source], env={"PYTHONPATH": str(kit)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("SqlClient needs psycopg in the package; psycopg2 has no asyncio")


def test_objects_are_written_and_read_side_by_side(s3: Any, bucket: str):
    bodies = [os.urandom(100_000 + number) for number in range(20)]
    keys = [f"key/{number}" for number in range(20)]
    tags = gather(
        [partial(write_object, bucket, key, body=body, client=s3) for key, body in zip(keys, bodies, strict=True)]
    )
    assert [s3.head_object(Bucket=bucket, Key=key)["ETag"] for key in keys] == tags
    assert gather([partial(read_object, bucket, key, client=s3) for key in keys]) == bodies


def test_a_part_of_an_object_is_read(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    read = partial(read_object, bucket, "key", client=s3)
    parts = [
        partial(read, offset_bytes=3),
        partial(read, length_bytes=2),
        partial(read, offset_bytes=3, length_bytes=4),
        partial(read, offset_bytes=8, length_bytes=100),
    ]
    assert gather(parts) == [b"3456789", b"01", b"3456", b"89"]
    for wrong in ({"offset_bytes": -1}, {"length_bytes": 0}):
        with pytest.raises(ValueError, match="allowed are 1 or more from 0 on"):
            asyncio.run(read(**wrong))


def test_an_object_is_capped(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x" * (1024 * 1024 + 1))
    read = partial(read_object, bucket, "key", client=s3, max_mb=1)
    with pytest.raises(TooLargeError, match=f"s3://{bucket}/key has more than 1048576 bytes"):
        gather([read])
    assert len(gather([partial(read, length_bytes=1024 * 1024)])[0]) == 1024 * 1024


def test_each_object_has_its_own_error(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="there", Body=b"1")
    keys = ["none", "there", "nowhere"]
    outcomes = gather([partial(read_object, bucket, key, client=s3) for key in keys], on_error="keep")
    assert outcomes[1] == b"1"
    assert [type(failure(outcomes[index])).__name__ for index in (0, 2)] == ["NoSuchKey", "NoSuchKey"]


def test_the_kit_makes_the_client(bucket: str, s3: Any, aws_environment: dict[str, str], monkeypatch):
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    s3.put_object(Bucket=bucket, Key="key", Body=b"1")
    assert gather([partial(read_object, bucket, "key"), partial(read_object, bucket, "key", client=boto3_client("s3"))])


def test_an_endpoint_that_is_silent_hangs_nobody(aws_environment: dict[str, str], within_ms, monkeypatch):
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = boto3_client("s3", endpoint_url=f"http://127.0.0.1:{silent.getsockname()[1]}", eager=True)
        within_ms(300)
        outcomes = gather([partial(read_object, "bucket", "key", client=client)] * 3, on_error="keep")
        for outcome in outcomes:
            assert type(failure(outcome)).__name__ in {"DeadlineError", "ReadTimeoutError"}  # both come at that time
        until(lambda: not [one for one in threading.enumerate() if one.name == "headstart-kit-fan-out"])
