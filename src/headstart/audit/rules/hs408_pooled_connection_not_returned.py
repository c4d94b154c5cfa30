"""A connection that is borrowed from a pool and not put back when something fails.

``getconn()`` without ``putconn()`` in a ``finally``.

*Why it costs.* Every failure takes a connection out of the pool for the life of the environment. When none is left, all
invocations fail, those with valid requests too; and the transaction of each lost connection stays open in the server.

*Use instead.* ``try: … finally: pool.putconn(connection)``, a context manager around both, psycopg_pool's ``with
pool.connection()``; or one connection without a pool, as an environment serves one request at a time: the kit's
``postgres()``.

*Evidence.* After 20 failed inserts the course's function answers every order with 500 "connection pool exhausted"
(D42).

Source: https://www.psycopg.org/docs/pool.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.code.pools import borrowed, is_returned
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS408",
    name="pooled-connection-not-returned",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each connection that is not put back whatever happens."""
    for program in subject.lambda_programs:
        for call in borrowed(program):
            if call.in_function in subject.invoked and call.in_function and not is_returned(call, program):
                yield RULE.finding(
                    "the connection does not go back to the pool when something fails: the pool runs empty",
                    "call putconn() in a finally",
                    place=call.place,
                    subject=call.in_function.full_name,
                )
