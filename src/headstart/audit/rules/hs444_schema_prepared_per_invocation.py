"""A JSON schema is checked and prepared anew in each invocation.

``jsonschema.validate`` or ``fastjsonschema.compile`` is called, in the handler or in something that it calls, with a
schema that is always the same.

*Why it costs.* ``jsonschema.validate`` first validates the schema itself, by the schema of schemas, which takes longer
than most events; ``fastjsonschema.compile`` writes and compiles a Python function.

*Use instead.* One validator, made at module level: ``validator_for(SCHEMA)(SCHEMA)``, of which ``iter_errors`` and
``best_match`` give the error that ``validate`` raises.

*Evidence.* An invocation with an event of six fields takes 1.9 ms with ``validate`` and 0.2 with a validator that is
kept (``bench/rules/hs444.py``).

Source: https://python-jsonschema.readthedocs.io/en/stable/validate/ (2026-11-25)
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from headstart.audit.code.constancy import Way, varies
from headstart.audit.code.hoisting import Hoist, Hoisting, as_written
from headstart.audit.code.program import Call, Function
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, HoistCode, Severity

RULE = Rule(
    id="HS444",
    name="schema-prepared-per-invocation",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_VALIDATE: Final = frozenset({"jsonschema.validate", "jsonschema.validators.validate"})
_COMPILE: Final = "fastjsonschema.compile"
_SCHEMA_AT: Final = {**dict.fromkeys(_VALIDATE, ("schema", 1)), _COMPILE: ("definition", 0)}
# What is imported by the edit itself has no name yet.
_MAY_CALL: Final = frozenset(
    {"", _COMPILE, "jsonschema.validators.validator_for", "jsonschema.validators.validator_for()"}
)
_IMPORTS: Final = {
    "best_match": "from jsonschema.exceptions import best_match",
    "validator_for": "from jsonschema.validators import validator_for",
}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such call that an invocation may make again."""
    seen: set[Call] = set()
    hoistings = {program: Hoisting(program, may_call=_MAY_CALL.__contains__) for program in subject.lambda_programs}
    for audited in subject.functions:
        for function, way in audited.repeated.items():
            for call in function.calls:
                if call not in seen and call.name in _SCHEMA_AT and _is_wasted(call, function, way=way):
                    seen.add(call)
                    finding = _finding(call, function)
                    hoisting = hoistings[audited.program] if audited.program else None
                    yield _with_edit(finding, call, hoisting=hoisting) if hoisting else finding


def _is_wasted(call: Call, function: Function, *, way: Way) -> bool:
    schema = call.argument(*_SCHEMA_AT[call.name])
    is_kept = call.is_memoised or call.is_lazy_global
    return schema is not None and not is_kept and not varies(schema, function, way=way)


def _finding(call: Call, function: Function) -> Finding:
    what = "checks the schema again" if call.name in _VALIDATE else "compiles the schema again"
    return RULE.finding(
        f"{call.name} {what} in each invocation",
        "make one validator at module level and use it again",
        place=call.place,
        subject=function.full_name,
    )


def _with_edit(finding: Finding, call: Call, *, hoisting: Hoisting) -> Finding:
    function, schema = call.in_function, call.argument(*_SCHEMA_AT[call.name])
    if function is None or not isinstance(schema, ast.Name | ast.Attribute):
        return finding
    stem = _stem(schema)
    if call.name == _COMPILE:
        edit = hoisting.of_value(call.node, function, stem=stem)
    else:
        edit = _validating(call, function, stem=stem, hoisting=hoisting)
    return msgspec.structs.replace(finding, edits=(edit,), is_safe=True) if edit else finding


def _stem(schema: ast.expr) -> str:
    """``ORDER_VALIDATOR`` for ``ORDER_SCHEMA``."""
    name = schema.id if isinstance(schema, ast.Name) else getattr(schema, "attr", "")
    found = (
        re.sub("schema", "validator", name, flags=re.IGNORECASE) if "schema" in name.lower() else f"{name}_validator"
    )
    return found.upper()


def _validating(call: Call, function: Function, *, stem: str, hoisting: Hoisting) -> HoistCode | None:
    """The edit of a call that stands by itself, in the words of jsonschema's own ``validate``."""
    schema, event = call.argument("schema", 1), call.argument("instance", 0)
    statement = next(call.module.nodes.around(call.node))
    has_more = len(call.node.args) + len(call.node.keywords) != 2
    if schema is None or event is None or has_more or not isinstance(statement, ast.Expr):
        return None
    made = ast.Call(ast.Call(ast.Name("validator_for", ast.Load()), [schema], []), [schema], [])
    name = hoisting.name(call.module, stem, value=ast.unparse(made))
    error = "error" if "error" not in function.scope.names else "schema_error"
    found = f"{error} = best_match({name}.iter_errors({as_written(event, call.module)}))"
    new = f"{found}\nif {error} is not None:\n    raise {error}"
    return hoisting.edit(Hoist(node=statement, new=new, name=name, value=made, imports=_IMPORTS), function)
