"""A cache write that fails loads again what was just loaded.

The load and the cache write that follows it stand in one ``try``, whose ``except`` loads again.

*Why it costs.* When the cache takes no write, each request reads the database twice, just when it has to carry all of
the load; and a load that failed is tried again at once.

*Use instead.* Catch errors of the cache around the read and around the write, each alone; the kit's ``read_through``.

*Evidence.* A time to live of 0, which Redis refuses, makes two database reads of each request of the course's function
(D51).

Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Strategies.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.syntax import calls_in, is_same, method, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS419",
    name="load-repeated-on-cache-error",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_WRITES = frozenset({"set", "setex", "psetex", "set_many", "hset", "mset", "put_item"})


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each ``try`` around a load and a cache write whose ``except`` loads again."""
    for module in subject.modules(*(f".{write}(" for write in sorted(_WRITES))):
        for tried in module.nodes.of(ast.Try):
            if repeated := _repeated_load(tried):
                yield RULE.finding(
                    f"{ast.unparse(repeated)} runs a second time when the cache takes no write",
                    "catch errors of the cache around its write alone",
                    place=module.at(repeated),
                    subject=name_around(tried, module),
                )


def _repeated_load(tried: ast.Try) -> ast.Call | None:
    inside = calls_in(tried.body)
    writes = [call for call in inside if method(call) in _WRITES]
    if not writes:
        return None
    last_write = max(write.lineno for write in writes)
    loads = [call for call in inside if _loads(call, before=last_write)]
    again = [call for caught in tried.handlers for call in calls_in(caught.body)]
    return next((call for call in again for load in loads if is_same(call, load)), None)


def _loads(call: ast.Call, *, before: int) -> bool:
    """Whether it is a call with arguments, of a function or a method of ``self``, that stands before the write."""
    function = call.func
    owner_is_self = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    named = isinstance(function, ast.Name) or owner_is_self
    return named and method(call) not in _WRITES and bool(call.args) and call.lineno < before
