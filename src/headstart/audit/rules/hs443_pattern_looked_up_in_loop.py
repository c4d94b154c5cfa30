"""A regular expression written as a text is used in a loop, through the functions of ``re``.

*Why it costs.* ``re.match(text, …)`` keeps what it has compiled, and looks it up by the text and the flags each time.
That is some tenths of a microsecond: nothing in one call, and more than a short match takes in a loop over many.

*Use instead.* ``PATTERN = re.compile(text)`` at module level, and ``PATTERN.match(…)`` in the loop. Outside of loops
leave it as it is.

*Evidence.* An invocation over 20,000 short lines takes 7.3 ms with ``re.match`` and 2.7 with a compiled pattern
(``bench/rules/hs443.py``): 0.2 microseconds a line.

Source: https://docs.python.org/3/library/re.html#re.compile (2026-11-25)
"""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from headstart.audit.code.constancy import Way
from headstart.audit.code.hoisting import Hoist, Hoisting, as_written
from headstart.audit.code.program import Call
from headstart.audit.code.syntax import constant
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS443",
    name="pattern-looked-up-in-loop",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
# Where each function takes its flags.
_FLAGS_AT: Final = {
    "match": 2,
    "search": 2,
    "fullmatch": 2,
    "findall": 2,
    "finditer": 2,
    "split": 3,
    "sub": 4,
    "subn": 4,
}
_NAMES: Final = frozenset(f"re.{name}" for name in (*_FLAGS_AT, "compile"))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such call in a loop that an invocation runs."""
    seen: set[Call] = set()
    hoistings = {program: Hoisting(program, may_call="re.compile".__eq__) for program in subject.lambda_programs}
    for audited in subject.functions:
        for function, way in audited.repeated.items():
            for call in function.calls:
                if call not in seen and call.name in _NAMES and _is_in_loop(call, way) and _is_constant(call):
                    seen.add(call)
                    finding = _finding(call)
                    yield _with_edit(finding, call, hoisting=hoistings[audited.program]) if audited.program else finding


def _is_in_loop(call: Call, way: Way) -> bool:
    is_kept = call.is_memoised or call.is_lazy_global
    return not is_kept and (call.in_loop or any(each.in_loop for each in way))


def _is_constant(call: Call) -> bool:
    """Whether the pattern is a text that compiles, and the flags are named or not given."""
    pattern = _text(call)
    if not isinstance(pattern, str | bytes) or call.has_unpacked_arguments:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return all(
        isinstance(node, ast.Attribute | ast.Name | ast.BinOp | ast.BitOr | ast.Load) for node in _in_flags(call)
    )


def _text(call: Call) -> object:
    """The pattern, written there or under a name of the module."""
    given = call.argument("pattern", 0)
    is_of_module = isinstance(given, ast.Name) and given.id in call.module.scope.names
    return constant(call.module.bindings.value(given) if isinstance(given, ast.Name) and is_of_module else given)


def _flags(call: Call) -> ast.expr | None:
    return call.argument("flags", _FLAGS_AT.get(_function(call), 1))


def _in_flags(call: Call) -> Iterator[ast.AST]:
    flags = _flags(call)
    return ast.walk(flags) if flags is not None else iter(())


def _function(call: Call) -> str:
    return call.name.rpartition(".")[2]


def _finding(call: Call) -> Finding:
    return RULE.finding(
        f"{call.name} looks its pattern up again in each turn of a loop",
        "compile it once, at module level, and call the pattern's own method",
        place=call.place,
        subject=call.in_function.full_name if call.in_function else call.module.name,
    )


def _with_edit(finding: Finding, call: Call, *, hoisting: Hoisting) -> Finding:
    function, node = call.in_function, call.node
    if function is None or not isinstance(node.func, ast.Attribute):
        return finding
    stem = f"{function.name.rpartition('.')[2]}_pattern".upper()
    if _function(call) == "compile":
        edit = hoisting.of_value(node, function, stem=stem)
    else:
        given = [argument for argument in (call.argument("pattern", 0), _flags(call)) if argument is not None]
        compiled = ast.Call(ast.Attribute(node.func.value, "compile", ast.Load()), given, [])
        name = hoisting.name(call.module, stem, value=ast.unparse(compiled))
        written = f"{ast.unparse(compiled.func)}({', '.join(as_written(each, call.module) for each in given)})"
        new = f"{name}.{node.func.attr}({', '.join(_written(call, without=given))})"
        edit = hoisting.edit(Hoist(node=node, new=new, name=name, value=compiled, written=written), function)
    return msgspec.structs.replace(finding, edits=(edit,), is_safe=True) if edit else finding


def _written(call: Call, *, without: Sequence[ast.expr]) -> Iterator[str]:
    """The other arguments."""
    yield from (as_written(each, call.module) for each in call.node.args if each not in without)
    for keyword in call.node.keywords:
        if keyword.value not in without:
            yield f"{keyword.arg}={as_written(keyword.value, call.module)}"
