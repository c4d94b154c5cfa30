"""Results are kept in a list that is only counted.

Each batch, or each item, adds its results to a list, and nothing reads the list but ``len``.

*Why it costs.* Memory grows with the input, up to the function's memory size; there Lambda kills the environment. The
batches that were to prevent this do not.

*Use instead.* Count, and write the results where they go as they are made; the kit's ``process_stream`` runs a stream
of any size in the memory that there is.

*Evidence.* The course's processor grows from 33 to 102 MB over 50,000 records, and answers with their number (D63).
The same work on 44 MB of JSON lines takes 445 MB with lists and 11 MB line by line, both in under 4 s.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import is_name
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS426",
    name="results-kept-to-be-counted",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_ADDS = frozenset({"append", "extend"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each list of computed values of which only the length is used, where a value is added."""
    for module in subject.modules(".append(", ".extend("):
        for function in module.functions.values() if module.mentions("len(") else ():
            for name, values in module.bindings.bound(function.node).items():
                is_list = len(values) == 1 and _is_empty_list(values[0])
                added = _only_counted(module.bindings.reads(function.node, name), module) if is_list else None
                if added is not None:
                    yield RULE.finding(
                        f"{name} keeps every result, and only their number is used",
                        "count them, and write each where it goes as it is made",
                        place=module.at(added),
                        subject=function.full_name,
                    )


def _is_empty_list(value: ast.expr | None) -> bool:
    return (isinstance(value, ast.List) and not value.elts) or (
        isinstance(value, ast.Call) and is_name(value.func, "list") and not value.args
    )


def _only_counted(reads: list[ast.Name], module: Module) -> ast.Call | None:
    """Where a computed value is added in a loop, if all other reads are ``len(…)``."""
    added: ast.Call | None = None
    counted = False
    for read in reads:
        outer = next(module.nodes.around(read), None)
        call = next(module.nodes.around(outer), None) if outer else None
        if isinstance(outer, ast.Call) and is_name(outer.func, "len"):
            counted = True
        elif isinstance(outer, ast.Attribute) and outer.attr in _ADDS and isinstance(call, ast.Call):
            if any(isinstance(around, _LOOPS) for around in module.nodes.around(call)) and _is_computed(call):
                added = added or call
        else:
            return None
    return added if counted else None


def _is_computed(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Call | ast.Await | ast.ListComp | ast.Dict)
