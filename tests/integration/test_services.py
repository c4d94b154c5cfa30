"""PostgreSQL, Redis and the endpoint of AWS, for real."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from services_fixture import OwnServices


def test_each_test_has_an_empty_database(database_url):
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        connection.execute("CREATE TABLE orders (id int)")


test_and_so_has_the_next = test_each_test_has_an_empty_database


@pytest.mark.parametrize("_", range(2))
def test_each_test_has_an_empty_redis(redis_url, _):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("a", 1)


def test_objects_and_messages(s3, bucket, aws_client):
    s3.put_object(Bucket=bucket, Key="receipt", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="receipt")["Body"].read() == b"1"
    queues = aws_client("sqs")
    url = queues.create_queue(QueueName=bucket)["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="hello")
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_data_and_port_outlive_the_server(own_services: OwnServices, end: str):
    services = own_services("postgres", "redis")
    urls = services.environment["DATABASE_URL"], services.environment["REDIS_URL"]
    with psycopg.connect(urls[0]) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1 AS id")
    redis.Redis.from_url(urls[1]).set("a", "1")
    for name in ("postgres", "redis"):
        getattr(services[name], end)()
        assert not services[name].is_running
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urls[0])
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(urls[1]).ping()
    for name in ("postgres", "redis"):
        services[name].start()
    with psycopg.connect(urls[0]) as connection:
        assert connection.execute("SELECT id FROM orders").fetchone() == (1,)
    assert redis.Redis.from_url(urls[1]).get("a") == b"1"


FORKS = """
import os, signal, sys, time
from headstart.services.running import running
with running(["redis"], password="p") as services:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    print(services["redis"].place.port, services["redis"].place.folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_fork_that_outlives_us_keeps_no_server(tmp_path):
    """It has a copy of what the servers are told by that we are gone."""
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True
    ) as process:
        assert process.stdout is not None
        port, folder = process.stdout.readline().split()
        try:
            for _ in range(1_000):
                if not Path(folder).parent.exists():
                    break
                time.sleep(0.02)
            assert list(tmp_path.iterdir()) == []
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", int(port)), timeout=5)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
