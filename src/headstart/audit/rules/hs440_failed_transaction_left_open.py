"""A transaction that is committed when all goes well, and left open when it does not.

A connection that outlives the invocation is committed, and no code rolls back.

*Why it costs.* After a failed statement the server refuses every other one of the transaction: "current transaction is
aborted". The connection is kept for the next invocation, so one bad request spoils those that come after it; meanwhile
its locks are held, through a freeze of minutes too.

*Use instead.* ``with connection:`` around the statements (psycopg2 commits or rolls back at its end), ``rollback()`` in
an ``except``, or ``putconn()`` in a ``finally``, which rolls back what is open.

*Evidence.* After a failed insert the backend of the course's function is "idle in transaction (aborted)" (D43).

Source: https://www.psycopg.org/docs/connection.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.pools import borrowed, is_returned
from headstart.audit.code.program import Call, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS440",
    name="failed-transaction-left-open",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_CONNECTS = ("psycopg2.connect", "psycopg.connect", "pymysql.connect", "MySQLdb.connect", "mysql.connector.connect")
_ROLLS_BACK = ("rollback", "autocommit", ".transaction(", "reset_session")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each commit of a kept connection in code without a rollback."""
    for program in subject.lambda_programs:
        if any(module.mentions(*_ROLLS_BACK) for module in program.modules.values()):
            continue
        for call in program.calls_of_method("commit"):
            if call.in_function in subject.invoked and call.in_function and _is_left_open(call, program):
                yield RULE.finding(
                    "when a statement before this commit fails, nothing rolls back: the kept connection stays unusable",
                    "use `with connection:`, or roll back in an except",
                    place=call.place,
                    subject=call.in_function.full_name,
                )


def _is_left_open(call: Call, program: Program) -> bool:
    owner = call.name.removesuffix(".commit")
    if owner.endswith(".getconn()"):
        is_kept = not all(is_returned(each, program) for each in borrowed(program))
    else:
        is_kept = owner.removesuffix("()") in _CONNECTS and _is_kept(owner.removesuffix("()"), program)
    return is_kept and not _is_in_with(call)


def _is_kept(name: str, program: Program) -> bool:
    """Whether every connection that the program makes so outlives the invocation."""
    made = program.calls_of(name)
    return all(each.in_function is None or each.is_memoised or each.is_lazy_global for each in made)


def _is_in_with(call: Call) -> bool:
    """Whether the statement stands in a ``with`` of the connection that it commits."""
    if not isinstance(call.node.func, ast.Attribute):
        return False
    owner = ast.dump(call.node.func.value)
    around = (node for node in call.module.nodes.around(call.node) if isinstance(node, ast.With | ast.AsyncWith))
    return any(ast.dump(item.context_expr) == owner for each in around for item in each.items)
