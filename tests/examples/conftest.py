"""The functions of examples/, each with servers of its own or emptied ones."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from examples import orders_function
from examples.orders_function import Orders

Rows = list[tuple[Any, ...]]
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Database:
    """What an operator sees of the function's database."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.query = connection.execute

    def rows(self, query: str, *values: object) -> Rows:
        """The rows of a query."""
        return self.query(query.encode(), values).fetchall()

    def orders(self) -> list[str]:
        """The idempotency keys of all orders."""
        return [key for (key,) in self.rows("SELECT idempotency_key FROM orders ORDER BY id")]

    def connections(self) -> list[str]:
        """The states of all connections but this one."""
        return [state for (state,) in self.rows(f"SELECT state {_OTHERS}")]

    def end_connections(self) -> None:
        """End all connections but this one."""
        self.query(f"SELECT pg_terminate_backend(pid, 5000) {_OTHERS}".encode())


@pytest.fixture
def orders_environment(
    database_url: str, redis_url: str, bucket: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables of the function, which are set; its tables are there."""
    variables = aws_environment | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RECEIPTS_BUCKET": bucket,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    orders_function.set_up(database_url)
    return variables


@pytest.fixture
def orders(orders_environment: dict[str, str]) -> Iterator[Orders]:
    """The function of examples/orders after its init phase."""
    function = Orders()
    yield function
    function.close()


@pytest.fixture
def database(orders_environment: dict[str, str]) -> Iterator[Database]:
    """Its database, seen from outside."""
    with psycopg.connect(orders_environment["DATABASE_URL"], autocommit=True) as connection:
        yield Database(connection)
