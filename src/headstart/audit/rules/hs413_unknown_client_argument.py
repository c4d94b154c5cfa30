"""An argument that the client does not take.

A client of a well-known library is made with a keyword that no version of it has.

*Why it costs.* The call raises TypeError whenever it is made. Where an ``except`` catches it, as around a cache, the
client is never used and nobody is told: each read goes to the database.

*Use instead.* The argument that the library documents, ``max_connections`` for the size of redis-py's pool; or the
kit's ``redis_cache``, which says in the log why a client could not be made.

*Evidence.* ``redis.Redis(connection_pool_max_connections=10)`` raises TypeError in redis 3.5.3 to 8.1.0; swallowed by
the course's ``except Exception``, it made each read a database read (D41).

Source: https://redis.readthedocs.io/en/stable/connections.html (2026-11-25); the other packages' constructors as their
versions on PyPI have them are in headstart.audit.code.clients.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from headstart.audit.code.clients import ARGUMENTS
from headstart.audit.code.program import Call
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS413",
    name="unknown-client-argument",
    severity=Severity.ERROR,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each call with arguments that its client does not take."""
    for program in subject.programs:
        for call in program.calls_of(*ARGUMENTS):
            yield from _unknown(call)


def _unknown(call: Call) -> Iterator[Finding]:
    taken = ARGUMENTS[call.name]
    for keyword in call.node.keywords:
        if keyword.arg is not None and keyword.arg not in taken:
            yield RULE.finding(
                f"{call.name} takes no argument {keyword.arg}: the call raises TypeError",
                _remedy(keyword.arg, taken),
                place=call.module.at(keyword.value),
                subject=name_around(call.node, call.module),
            )


def _remedy(argument: str, taken: frozenset[str]) -> str:
    contained = sorted((name for name in taken if f"_{name}" in f"_{argument}"), key=len)
    meant = contained[-1:] or get_close_matches(argument, sorted(taken), n=1)
    return f"write {meant[0]}, or leave it out" if meant else "leave it out"
