"""PostgreSQL: one connection per execution environment, borrowed for one transaction at a time."""

from __future__ import annotations

import os
import threading

from headstart_kit import deadline, postgresql_connect
from headstart_kit.errors import ResourceError
from headstart_kit.resources import Resource, resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from headstart_kit.resources import Eager

CONNECT_TIMEOUT_S = 3.0
# After this long without use even a connection that looks alive may lead nowhere.
LONG_IDLE_S = 60.0
_ANSWERS_WITHIN_S = 1.0
# libpq's states of a transaction.
_IDLE, _IN_TRANSACTION, _IN_ERROR = 0, 2, 3
_HAS_TRANSACTION_TIMEOUT = 170_000  # PostgreSQL 17
_GRACE_MS = 50
_INT_MAX = 2**31 - 1


def postgres(
    url: str | None = None,
    *,
    prefix: str | None = None,
    password: Callable[[], str] | None = None,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    statement_timeout_ms: float | None = None,
    eager: Eager = "auto",
) -> Postgres:
    """Declare the PostgreSQL of this function::

        database = postgres()

        with database as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO orders (email) VALUES (%s)", [email])

    Where to connect is read here, in init: from ``url``, else ``DATABASE_URL``, else ``PGHOST``, ``PGPORT``,
    ``PGDATABASE``, ``PGUSER``, ``PGPASSWORD``; with ``prefix="DB_"`` from ``DB_URL``, else ``DB_HOST``, ``DB_PORT``,
    ``DB_NAME``, ``DB_USER``, ``DB_PASSWORD``. libpq's other parameters go into the URL. ``password`` is asked for each
    connection: a token of IAM lives 15 minutes. The driver is psycopg2 or psycopg, whichever the package has.

    TLS is required but on loopback (``?sslmode=`` in the URL, or PGSSLMODE, says otherwise; ``verify-full`` with
    ``sslrootcert`` checks the server's name too). To connect takes ``connect_timeout_s`` seconds at most. A statement
    ends when the deadline comes, or after ``statement_timeout_ms`` milliseconds; 0 sets no limit, and leaves the role's
    own. ``eager`` connects here, as in ``resource``.

    Raises:
        SettingError: a variable is missing or wrong.
        ResourceError: it cannot be reached, if eager.
    """
    target = postgresql_connect.read_target(url, prefix=prefix)
    return Postgres(
        resource(
            lambda: postgresql_connect.connect(target, password=password, timeout_s=connect_timeout_s),
            close=_close,
            check=is_quiet,
            eager=eager,
            name="postgres",
        ),
        statement_timeout_ms=statement_timeout_ms,
    )


class Postgres:
    """``with database as connection:`` is one transaction: committed when the block ends, rolled back when it raises.

    A connection that was closed while idle is replaced before the block begins. One that is lost within the block
    raises the driver's error: nothing is repeated. Another thread waits for its turn, until the deadline.
    """

    # RDS Proxy: BEGIN and SET LOCAL go in one message, so the limit costs no round trip; and SET LOCAL ends with the
    # transaction, for which a connection of the proxy's is taken anyway. SET, or options at connect, would pin one for
    # good, or be refused. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html lists SET
    # without telling the two apart; that SET LOCAL pins for the transaction only is AWS's own word in
    # https://github.com/aws/agent-toolkit-for-aws, proxy-pinning-postgresql.md (both 2026-11-25).

    __slots__ = ("_connections", "_statement_timeout_ms", "_turn")

    def __init__(self, connections: Resource[Any], *, statement_timeout_ms: float | None = None) -> None:
        self._connections = connections
        self._statement_timeout_ms = statement_timeout_ms
        self._turn = _Turn()

    def __enter__(self) -> Any:
        """The driver's connection, in a transaction.

        Raises:
            ResourceError: PostgreSQL cannot be reached; or this thread has borrowed the connection already.
            DeadlineError: there is no time left.
        """
        if self._turn.pid != os.getpid():
            self._turn = _Turn()
        turn = self._turn
        turn.take()
        try:
            turn.connection = self._begin()
        except BaseException:
            turn.leave()
            raise
        return turn.connection

    def __exit__(self, *failure: object) -> None:
        turn = self._turn
        if turn.pid != os.getpid() or turn.connection is None:  # forked within the block: that is its parent's
            return
        try:
            self._end(turn.connection, failed=any(failure))
        finally:
            turn.leave()

    def close(self) -> None:
        """Close the connection, if there is one; the next block opens another."""
        self._connections.close()

    def _begin(self) -> Any:
        doubtful = self._connections.is_made and self._connections.idle_s > LONG_IDLE_S
        connection = self._connections()
        opening = self._opening(connection)
        try:
            if doubtful:
                _execute_within(
                    deadline.current().timeout_s(_ANSWERS_WITHIN_S, share=0.5), connection, statements=opening
                )
            else:
                connection.cursor().execute(opening)
        except Exception:
            if not connection.closed:
                raise
            # It was dead, and nothing was asked of it yet.
            self.close()
            connection = self._connections()
            connection.cursor().execute(self._opening(connection))
        return connection

    def _opening(self, connection: Any) -> str:
        due = deadline.current()
        due.check(what="a transaction")
        left_ms, limit_ms = due.remaining_ms, self._statement_timeout_ms
        statements = ["BEGIN"]
        if limit_ms != 0:
            limit_ms = left_ms if limit_ms is None else min(limit_ms, left_ms)
            statements += _limit("statement_timeout", limit_ms)
            # Each statement may take as long: what ends all of them together came with PostgreSQL 17.
            if connection.info.server_version >= _HAS_TRANSACTION_TIMEOUT:
                statements += _limit("transaction_timeout", left_ms + _GRACE_MS)
        return "; ".join(statements)

    def _end(self, connection: Any, *, failed: bool) -> None:
        state = _state(connection)
        try:
            if state == _IN_TRANSACTION and not failed:
                connection.cursor().execute("COMMIT")
            elif state in (_IN_TRANSACTION, _IN_ERROR):
                connection.cursor().execute("ROLLBACK")
        except Exception:
            if not failed:
                raise
        finally:
            if _state(connection) != _IDLE or not connection.autocommit:
                self.close()
        if not failed and state not in (_IDLE, _IN_TRANSACTION):
            raise ResourceError("nothing of the block was kept: a statement in it failed, or the connection was lost")


class _Turn:
    """Whose turn it is to use the connection, in one process."""

    __slots__ = ("_lock", "_thread", "connection", "pid")

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.connection: Any = None
        self._lock = threading.Lock()
        self._thread = 0

    def take(self) -> None:
        if self._thread == threading.get_ident():
            raise ResourceError("this thread has borrowed the connection already: hand it on instead")
        if not self._lock.acquire(timeout=deadline.current().timeout_s(threading.TIMEOUT_MAX)):
            raise ResourceError("another thread has the connection, and there is no time left to wait for it")
        self._thread = threading.get_ident()

    def leave(self) -> None:
        self.connection = None
        self._thread = 0
        self._lock.release()


def _execute_within(timeout_s: float, connection: Any, *, statements: str) -> None:
    """Execute them; when no answer comes in time, the connection is cut, which ends the waiting with an error."""
    timer = threading.Timer(timeout_s, _cut, [connection.fileno()])
    timer.start()
    try:
        connection.cursor().execute(statements)
    finally:
        timer.cancel()


def _cut(descriptor: int) -> None:
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def is_quiet(connection: Any) -> bool:
    """Whether an idle connection is alive, as far as its socket tells: a server says nothing to an idle client but its
    farewell. Takes a microsecond, and no round trip."""
    import select

    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _limit(name: str, limit_ms: float) -> list[str]:
    return [f"SET LOCAL {name} = {max(1, int(limit_ms))}"] if limit_ms <= _INT_MAX else []


def _state(connection: Any) -> int:
    return int(connection.info.transaction_status)


def _close(connection: Any) -> None:
    connection.close()
