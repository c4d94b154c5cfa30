"""The event says how much memory is taken.

A number of the event, held against no bound, is the length of a block, a list or a text.

*Why it costs.* One request of 10 GB kills the environment, and as many as are sent kill as many; a negative number is a
ValueError.

*Use instead.* A range, refused with its bounds: ``Annotated[int, Range(1, 256)]`` with the kit's ``actions``.

*Evidence.* The course's memory test allocates what ``test_size_mb`` says (D66).

Source: https://cwe.mitre.org/data/definitions/789.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function
from headstart.audit.code.syntax import is_name
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS438",
    name="size-from-event",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_TEXTS = (str, bytes)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each allocation by a number of the event that its function compares with nothing."""
    for lambda_function in subject.functions:
        if event := lambda_function.from_event:
            for function in event.functions():
                for node in ast.walk(function.node):
                    length = _length(node)
                    if length is not None and event.holds(length, function) and not _is_bounded(length, function):
                        yield RULE.finding(
                            f"{ast.unparse(node)} takes as much memory as the event says",
                            "refuse a size out of range before it is used",
                            place=function.module.at(node),
                            subject=function.full_name,
                        )


def _length(node: ast.AST) -> ast.expr | None:
    """The length of ``bytearray(n)``, ``b"x" * n`` or ``[0] * n``."""
    if isinstance(node, ast.Call) and (is_name(node.func, "bytearray") or is_name(node.func, "bytes")):
        only = node.args[0] if len(node.args) == 1 else None
        return only if isinstance(only, ast.BinOp) and isinstance(only.op, ast.Mult) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for block, length in ((node.left, node.right), (node.right, node.left)):
            if isinstance(block, ast.List) or (isinstance(block, ast.Constant) and isinstance(block.value, _TEXTS)):
                return length
    return None


def _is_bounded(length: ast.expr, function: Function) -> bool:
    """Whether a name of the length is compared in the function, or goes through ``min``."""
    names = {node.id for node in ast.walk(length) if isinstance(node, ast.Name)}
    for node in ast.walk(function.node):
        looks = isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and is_name(node.func, "min"))
        if looks and names & {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}:
            return True
    return False
