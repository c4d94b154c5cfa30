"""Queries to PostgreSQL that wait side by side, by psycopg's asynchronous connections."""

from __future__ import annotations

from functools import partial

from headstart_kit.deadline import current
from headstart_kit.errors import TooLargeError
from headstart_kit.fan_out.loop_bound import LoopBound
from headstart_kit.fan_out.sql_connections import SqlConnections
from headstart_kit.fan_out.stopping import ended_within
from headstart_kit.postgresql_connect import read_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any, TypeVar

    T = TypeVar("T")
    Params = Sequence[Any] | Mapping[str, Any] | None
    Row = dict[str, Any]

# Rows come so many at a time with libpq 17, and one by one with an older one: no more of what is above the cap is read.
_ROWS_AT_ONCE = 100


class SqlClient:
    """Queries a PostgreSQL, over up to ``connections`` connections at a time. Make one for the environment::

        sql = SqlClient()

        users, orders = gather([partial(sql.fetch, "SELECT …"), partial(sql.fetch, "SELECT …")])

    Connections are opened when there is need, checked before their next use, and kept for as long as the event loop
    that opened them; that of ``gather`` lives as long as the environment. The database sees ``connections`` for each
    environment that runs: count them, or put RDS Proxy in between.
    """

    __slots__ = ("_connections", "_max_rows", "_timeout_s")

    def __init__(
        self,
        url: str | None = None,
        *,
        prefix: str | None = None,
        connections: int = 4,
        timeout_s: float = 5.0,
        max_rows: int = 10_000,
    ) -> None:
        """Where to connect is read here, from ``url`` or the variables that ``postgres`` reads, and with its defaults.

        ``timeout_s`` seconds, or what the deadline leaves, are for a query and all of its rows, ``max_rows`` at most.

        Raises:
            SettingError: a variable is missing or wrong.
        """
        if connections < 1:
            raise ValueError(f"connections is {connections}; allowed: 1 or more")
        target = read_target(url, prefix=prefix)
        self._connections = LoopBound(partial(SqlConnections, target, limit=connections), close=SqlConnections.close)
        self._timeout_s = timeout_s
        self._max_rows = max_rows

    async def fetch(self, query: str, params: Params = None) -> list[Row]:
        """The rows of a query, each a dictionary by column.

        Raises:
            TooLargeError: there are more than ``max_rows``.
            TimeoutError: they were not there in time. The query was cancelled.
            ResourceError: PostgreSQL cannot be reached, or psycopg is not in the package.
            DeadlineError: no time is left for a query.
            psycopg.Error: the query failed, or the connection was lost; nothing is repeated.
        """
        return await self._run(partial(_receive_rows, query=query, params=params, max_rows=self._max_rows))

    async def execute(self, query: str, params: Params = None) -> int:
        """Run a statement that gives no rows, and commit it; how many rows it changed. Raises as ``fetch``."""
        return await self._run(partial(_count_rows, query=query, params=params))

    async def _run(self, receive: Callable[[Any], Awaitable[T]]) -> T:
        import asyncio

        limit_s = current().timeout_s(self._timeout_s)
        connections = await self._connections()
        until_s = asyncio.get_running_loop().time() + limit_s
        running = asyncio.ensure_future(connections.transact(receive, until_s=until_s))
        if not await ended_within(limit_s, running):
            raise TimeoutError(f"PostgreSQL did not answer completely within {limit_s:.3g} s")
        return running.result()


async def _receive_rows(cursor: Any, *, query: str, params: Params, max_rows: int) -> list[Row]:
    import psycopg

    at_once = _ROWS_AT_ONCE if psycopg.capabilities.has_stream_chunked() else 1
    rows: list[Row] = []
    arriving = cursor.stream(query, params, size=at_once)
    try:
        async for row in arriving:
            if len(rows) == max_rows:
                raise TooLargeError(
                    f"the query gives more than {max_rows} rows; if that is right, allow it by max_rows="
                )
            rows.append(row)
    finally:
        await arriving.aclose()
    return rows


async def _count_rows(cursor: Any, *, query: str, params: Params) -> int:
    await cursor.execute(query, params)
    return int(cursor.rowcount)
