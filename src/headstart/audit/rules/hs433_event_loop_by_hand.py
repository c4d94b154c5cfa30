"""An event loop is made, set and closed by hand.

*Why it costs.* The closed loop stays the current one: the next ``get_event_loop()``, of this code or of a library, gets
it and fails with ``Event loop is closed``. What was still running is never cancelled, its connections are never closed.

*Use instead.* ``asyncio.run``, which takes 0.1 ms; or one ``asyncio.Runner`` for all invocations where clients outlive
them, as the kit's ``gather`` has.

*Evidence.* The course's handler leaves a closed loop current after its first invocation (D84).

Source: https://docs.python.org/3/library/asyncio-runner.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS433",
    name="event-loop-by-hand",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function that makes a loop current and closes it."""
    for program in subject.lambda_programs:
        for made in program.calls_of("asyncio.new_event_loop"):
            if made.in_function is not None and _sets_and_closes(made.in_function):
                yield RULE.finding(
                    "the loop that is made here is closed and stays the current one",
                    "use asyncio.run, or an asyncio.Runner that is kept",
                    place=made.place,
                    subject=made.in_function.full_name,
                )


def _sets_and_closes(function: Function) -> bool:
    set_to = [call.argument("loop", 0) for call in function.calls if call.name == "asyncio.set_event_loop"]
    closed = any(call.name == "asyncio.new_event_loop().close" for call in function.calls)
    is_unset = any(isinstance(loop, ast.Constant) for loop in set_to)
    return bool(set_to) and closed and not is_unset
