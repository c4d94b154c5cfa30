"""A pool of database connections for one request at a time.

*Why it costs.* An execution environment serves one request at a time, so it uses one connection of its pool. The others
are opened for nothing (``minconn``, ``min_size``), and count: at a concurrency of 100 a pool of 20 may hold 2,000
connections of a database that allows some hundreds.

*Use instead.* One connection per environment, made once and checked before use: the kit's ``postgres()``. Or a pool of
at most one, and RDS Proxy in front of the database. A larger one is right where threads of one request use it.

*Evidence.* The course's pool is 1 to 20 (D45). psycopg_pool opens 4 connections and 4 threads by default: 12.4 ms
against 2.9 for one connection, on loopback.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
"""

import ast
from collections.abc import Iterator

import msgspec

from headstart.audit.code.program import Call
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS441",
    name="pool-larger-than-one",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)


class _Sizes(msgspec.Struct, frozen=True):
    """The names of a pool's sizes, the position of the first, and what it opens at once by itself."""

    least: str
    most: str
    position: int | None = None
    opens: int = 1


_PSYCOPG2 = _Sizes("minconn", "maxconn", 0)
_POOLS = {
    "psycopg2.pool.SimpleConnectionPool": _PSYCOPG2,
    "psycopg2.pool.ThreadedConnectionPool": _PSYCOPG2,
    "psycopg_pool.ConnectionPool": _Sizes("min_size", "max_size", opens=4),
    "mysql.connector.pooling.MySQLConnectionPool": _Sizes("pool_size", "pool_size", opens=5),
}
_USES_SEVERAL = ("ThreadPoolExecutor", "threading.Thread", "asyncio.to_thread", "run_in_executor", "ThreadPool(")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each pool that may hold more than one; a warning where it opens more than one at once."""
    for program in subject.lambda_programs:
        if not any(module.mentions(*_USES_SEVERAL) for module in program.modules.values()):
            for call in program.calls_of(*_POOLS):
                yield from _check(call)


def _check(call: Call) -> Iterator[Finding]:
    sizes = _POOLS[call.name]
    if call.has_unpacked_arguments or call.in_main:
        return
    after = None if sizes.position is None else sizes.position + 1
    least = _number(call.argument(sizes.least, sizes.position), default=sizes.opens)
    most = _number(call.argument(sizes.most, after), default=least)
    if least is None or most is None or max(least, most) <= 1:
        return
    finding = RULE.finding(
        f"a pool of {least} to {max(least, most)} connections, of which one request at a time uses one",
        "keep one connection per environment, or a pool of at most one",
        place=call.place,
        subject=call.name,
    )
    yield finding if least > 1 else msgspec.structs.replace(finding, severity=Severity.INFO)


def _number(node: ast.expr | None, *, default: int | None) -> int | None:
    """The number that is given; None when it is not known."""
    if node is None:
        return default
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None
