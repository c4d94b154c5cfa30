"""Asynchronous connections to PostgreSQL, some at a time, each lent for one transaction."""

from __future__ import annotations

from headstart_kit.errors import ResourceError
from headstart_kit.postgresql import is_quiet
from headstart_kit.postgresql_connect import complete, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from headstart_kit.settings import Secret

    T = TypeVar("T")

# libpq's states of a transaction.
_IDLE, _IN_ERROR = 0, 3
# The server's limit is for queries whose client is frozen or gone; a client that is there cancels before.
_SERVER_WAITS_MS = 100


class SqlConnections:
    """Up to ``limit`` connections of one event loop, kept until it closes them."""

    __slots__ = ("_idle", "_room", "_target")

    def __init__(self, target: dict[str, Secret], *, limit: int) -> None:
        import asyncio

        self._target = target
        self._room = asyncio.Semaphore(limit)
        self._idle: list[Any] = []

    async def transact(self, receive: Callable[[Any], Awaitable[T]], *, until_s: float) -> T:
        """What ``receive`` makes of a cursor, in a transaction that may last until the loop's clock shows ``until_s``.

        Raises:
            ResourceError: PostgreSQL cannot be reached.
            psycopg.Error: a statement failed.
        """
        import asyncio

        async with self._room:
            connection = await self._take(until_s)
            left_ms = (until_s - asyncio.get_running_loop().time()) * 1000
            limit_ms = max(1, int(left_ms + _SERVER_WAITS_MS))
            try:
                # In one message; SET LOCAL ends with the transaction, as RDS Proxy and PgBouncer need it.
                await connection.execute(f"BEGIN; SET LOCAL statement_timeout = {limit_ms}")
                result = await receive(connection.cursor())
                await connection.execute("COMMIT")
            except Exception:
                if connection.info.transaction_status == _IN_ERROR:
                    await connection.execute("ROLLBACK")
                raise
            finally:
                if connection.info.transaction_status == _IDLE:
                    self._idle.append(connection)
                else:
                    await connection.close()
            return result

    async def _take(self, until_s: float) -> Any:
        import asyncio

        while self._idle:
            connection = self._idle.pop()
            if is_quiet(connection):
                return connection
            await connection.close()
        return await _connect(self._target, timeout_s=until_s - asyncio.get_running_loop().time())

    async def close(self) -> None:
        """Close those that are not lent."""
        while self._idle:
            await self._idle.pop().close()


async def _connect(target: dict[str, Secret], *, timeout_s: float) -> Any:
    try:
        import psycopg
        from psycopg.rows import dict_row
    except ImportError as error:
        raise ResourceError(f"SqlClient needs psycopg in the package; psycopg2 has no asyncio ({error})") from None
    parse = psycopg.conninfo.conninfo_to_dict
    parameters = complete(target, parse, libpq=psycopg.pq.version(), timeout_s=timeout_s)
    try:
        return await psycopg.AsyncConnection.connect(
            autocommit=True, prepare_threshold=None, row_factory=dict_row, **parameters
        )
    except psycopg.Error as error:
        raise refusal(parameters, error) from None
