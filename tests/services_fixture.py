"""Real servers for tests: one PostgreSQL, one Redis and one endpoint of AWS per run of pytest, made at first use.

``database_url``, ``redis_url`` and ``bucket`` are each test's own or empty. ``own_services("redis")`` starts servers
that a test may stop and kill: ``services["redis"].kill()``, then ``.start()``, on the same port with the same data.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from headstart.services.running import NAMES, Services, running

PASSWORD = "loopback-only"
OwnServices = Callable[..., Services]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """All of them; leave them running."""
    with running(NAMES, password=PASSWORD) as services:
        yield services


@pytest.fixture
def own_services() -> Iterator[OwnServices]:
    """Start servers of the test's own: ``own_services("postgres", "redis")``."""
    with ExitStack() as stack:
        yield lambda *names: stack.enter_context(running(names, password=PASSWORD))


@pytest.fixture
def database_url(services: Services) -> Iterator[str]:
    """The URL of an empty database in PostgreSQL."""
    url = services.environment["DATABASE_URL"]
    name = f"test_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield url.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def redis_url(services: Services) -> str:
    """The URL of an empty Redis."""
    import redis

    url = services.environment["REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def aws_environment(services: Services) -> dict[str, str]:
    """The variables with which boto3 talks to the endpoint on loopback; credentials that open nothing."""
    return {name: value for name, value in services.environment.items() if name.startswith("AWS_")}


@pytest.fixture
def aws_client(aws_environment: dict[str, str]) -> Callable[[str], Any]:
    """Make a boto3 client of the endpoint: ``aws_client("sqs")``."""
    import boto3

    return lambda service: boto3.client(
        service,
        endpoint_url=aws_environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=aws_environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws_environment["AWS_SECRET_ACCESS_KEY"],
        region_name=aws_environment["AWS_DEFAULT_REGION"],
    )


@pytest.fixture
def s3(aws_client: Callable[[str], Any]) -> Any:
    """boto3's client of S3 at the endpoint."""
    return aws_client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """The name of an empty bucket."""
    name = f"test-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name
