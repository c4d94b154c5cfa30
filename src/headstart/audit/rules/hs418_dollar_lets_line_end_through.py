r"""A pattern that ends in ``$`` decides what input is valid.

Text of the event is checked by ``match`` with a pattern that ends in ``$``.

*Why it costs.* ``$`` also matches before a line end at the end of the text: ``"a@b.co\n"`` is valid, and goes on
into headers, keys and file names.

*Use instead.* ``fullmatch``, or ``\Z`` for ``$``. With the kit: ``Annotated[str, Pattern(...)]``, ``Email``.

*Evidence.* ``"a@b.co\n"`` and ``"+14155550100\n"`` are valid in the course's function (D50).

Source: https://docs.python.org/3/library/re.html#regular-expression-syntax (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.event import FromEvent
from headstart.audit.code.program import Call, Function, Module
from headstart.audit.code.syntax import constant
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Edit, Finding, ReplaceCode, Severity

RULE = Rule(
    id="HS418",
    name="dollar-lets-line-end-through",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each check of a part of the event that a line end passes."""
    for lambda_function in subject.functions:
        if lambda_function.from_event:
            for function in lambda_function.from_event.functions():
                if "match(" in function.module.source:
                    yield from _in_function(function, lambda_function.from_event)


def _in_function(function: Function, event: FromEvent) -> Iterator[Finding]:
    for call in function.calls:
        pattern = _pattern(call)
        if pattern and _ends_in_dollar(pattern) and event.holds(_text(call), function):
            yield RULE.finding(
                f"a line end at the end of {ast.unparse(_text(call) or call.node)} passes the pattern, which ends in $",
                "use fullmatch",
                place=call.place,
                subject=function.full_name,
                edits=_edits(call, pattern),
            )


def _pattern(call: Call) -> str:
    """The pattern, where it is known, that ``re.match`` or the ``match`` of a compiled pattern is called with."""
    node = call.node
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "match":
        return ""
    if call.name == "re.match":
        return _constant_pattern(node, call.module)
    compiled = _compiled(node.func.value, call.module)
    return _constant_pattern(compiled, call.module) if compiled else ""


def _text(call: Call) -> ast.expr | None:
    return call.argument("string", 1 if call.name == "re.match" else 0)


def _compiled(owner: ast.expr, module: Module) -> ast.Call | None:
    """The ``re.compile`` that made the owner of the method; attributes are taken by their name."""
    value: ast.expr | None = None
    if isinstance(owner, ast.Name):
        value = module.bindings.value(owner)
    elif isinstance(owner, ast.Attribute):
        value = _assigned(owner.attr, module)
    elif isinstance(owner, ast.Subscript) and isinstance(owner.value, ast.Name):
        patterns = module.bindings.value(owner.value)
        value = _item(patterns, constant(owner.slice)) if isinstance(patterns, ast.Dict) else None
    elif isinstance(owner, ast.Call):
        value = owner
    known = module.call_of.get(value) if isinstance(value, ast.Call) else None
    return known.node if known is not None and known.name == "re.compile" else None


def _assigned(attribute: str, module: Module) -> ast.expr | None:
    values = [
        assigned.value
        for assigned in module.nodes.of(ast.Assign)
        for target in assigned.targets
        if (isinstance(target, ast.Attribute) and target.attr == attribute)
        or (isinstance(target, ast.Name) and target.id == attribute)
    ]
    return values[0] if len(values) == 1 else None


def _item(patterns: ast.Dict, key: object) -> ast.expr | None:
    found = [value for name, value in zip(patterns.keys, patterns.values, strict=True) if constant(name) == key]
    return found[0] if found else None


def _constant_pattern(call: ast.Call, module: Module) -> str:
    """The text of the pattern; empty when it is not known, or flags give ``$`` another meaning."""
    is_compile = isinstance(call.func, ast.Attribute) and call.func.attr == "compile"
    has_flags = len(call.args) > (1 if is_compile else 2) or call.keywords
    flags = ast.unparse(call) if has_flags else ""
    pattern = call.args[0] if call.args else None
    if isinstance(pattern, ast.Name):
        pattern = module.bindings.value(pattern)
    text = constant(pattern)
    return text if isinstance(text, str) and "re.M" not in flags and "(?" not in text[:2] else ""


def _ends_in_dollar(pattern: str) -> bool:
    before = pattern.removesuffix("$")
    backslashes = len(before) - len(before.rstrip("\\"))
    return before != pattern and backslashes % 2 == 0 and "|" not in pattern


def _edits(call: Call, pattern: str) -> tuple[Edit, ...]:
    """``fullmatch`` for ``match``: the same but for the line end, as the pattern has no alternatives."""
    place, old = call.place, ast.unparse(call.node.func)
    new = old.removesuffix("match") + "fullmatch"
    return (ReplaceCode(file=place.file, line=place.line, column=place.column, old=old, new=new),)
