"""A database connection that is kept over a freeze and never checked.

A connection or a pool is made once per environment, and no code of the program notices that it has died.

*Why it costs.* Between two invocations the environment is frozen, for minutes, and no keep-alive is sent. The server, a
proxy or a NAT gateway closes the connection meanwhile; the next invocation fails on it.

*Use instead.* The kit's ``postgres()``, which looks at the socket before each use and connects again; with psycopg_pool
``check=ConnectionPool.check_connection``, with SQLAlchemy ``pool_pre_ping=True``; or catch ``OperationalError`` and
``InterfaceError``, connect again and try once more.

*Evidence.* The course's function answers the first order after its idle backend was closed with 500, the second with
200, and the dead connection stays in the pool (D44). Looking at the socket costs 2 microseconds, a round trip 61.

Source: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.code.program import Call, Program
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS414",
    name="kept-connection-unchecked",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
# Calls that connect, and the arguments by which they check or replace what they keep.
_CONNECTS: dict[str, frozenset[str]] = dict.fromkeys(
    (
        "psycopg2.connect",
        "psycopg.connect",
        "psycopg.Connection.connect",
        "pymysql.connect",
        "pymysql.connections.Connection",
        "MySQLdb.connect",
        "mysql.connector.connect",
        "pyodbc.connect",
        "psycopg2.pool.SimpleConnectionPool",
        "psycopg2.pool.ThreadedConnectionPool",
    ),
    frozenset(),
) | {
    "psycopg_pool.ConnectionPool": frozenset({"check"}),
    "sqlalchemy.create_engine": frozenset({"pool_pre_ping", "poolclass", "pool_recycle"}),
}
# Words of code that looks at a connection, or makes another when it fails.
_CARE = (
    *("OperationalError", "InterfaceError", "DatabaseError", ".ping(", "SELECT 1", "select 1", ".closed", "is_usable"),
    *("is_connected", "reconnect", "pool_pre_ping", "check_connection", ".closed", "select.select", "@retry", "Retry("),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each connection that is kept without care."""
    for program in subject.lambda_programs:
        for call in program.calls_of(*_CONNECTS):
            if _is_kept(call) and not _is_cared_for(call, program):
                yield RULE.finding(
                    f"{call.name} is called once per environment and the connection is never checked: it may be dead"
                    " after a freeze",
                    "check it before use or connect again when it fails; headstart_kit.postgres() does both",
                    place=call.place,
                    subject=name_around(call.node, call.module),
                )


def _is_kept(call: Call) -> bool:
    return not call.is_entered and (call.in_function is None or call.is_memoised or call.is_lazy_global)


def _is_cared_for(call: Call, program: Program) -> bool:
    checks = _CONNECTS[call.name]
    if call.has_unpacked_arguments and checks:
        return True
    if any(keyword.arg in checks for keyword in call.node.keywords):
        return True
    return any(word in module.source for module in program.modules.values() for word in _CARE)
