"""A setting that is read from the environment and never used.

A variable of the environment is read into a name, a field or a key that nothing reads.

*Why it costs.* Whoever sets it in the template believes that it counts: a time limit, a number of tries, a batch size
that changes nothing.

*Use instead.* Use it, or delete it here and in the template. The kit's ``read_settings`` names a variable that is set
wrongly when the function starts.

*Evidence.* Five settings of the course's first function occur once each (D52).

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-25)
"""

import ast
import re
from collections.abc import Iterator

from headstart.audit.code.environment import variables_read
from headstart.audit.code.program import Module, Program
from headstart.audit.code.syntax import constant, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS420",
    name="setting-never-used",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
)
# What may stand around the read of a variable: int(…), (… or "x"), … .split(",").
_CONVERSIONS = (ast.Call, ast.BoolOp, ast.IfExp, ast.BinOp, ast.Attribute, ast.Compare)
# Code with one of these may read names, fields and keys that it does not spell.
_READS_UNSEEN = re.compile(r"\b(asdict|vars|globals|locals|getattr|__dict__|fields|attrs|pydantic|BaseSettings)\b")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each variable that is read for nothing."""
    for program in subject.lambda_programs:
        for module in program.modules.values():
            for variable, node in variables_read(module):
                target = _target(node, module)
                if target and not _is_used(target, node, module=module, program=program):
                    yield RULE.finding(
                        f"{variable} is read into {target}, which nothing reads",
                        "use it, or delete it here and in the template",
                        place=module.at(node),
                        subject=name_around(node, module),
                    )


def _target(node: ast.expr, module: Module) -> str:
    """What the variable is read into: a name of the module or of a class, a field of ``self``, a key of a dict."""
    inner: ast.AST = node
    for outer in module.nodes.around(node):
        if isinstance(outer, ast.Dict):
            return _key(outer, inner) if _is_read_by_key(outer, module) else ""
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            return _assigned(outer)
        if not isinstance(outer, _CONVERSIONS):
            return ""
        inner = outer
    return ""


def _key(literal: ast.Dict, value: ast.AST) -> str:
    keys = [key for key, given in zip(literal.keys, literal.values, strict=True) if given is value]
    return str(constant(keys[0]) or "") if keys else ""


def _assigned(statement: ast.Assign | ast.AnnAssign) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if len(targets) == 1 and isinstance(targets[0], ast.Name):
        return targets[0].id
    if len(targets) == 1 and isinstance(targets[0], ast.Attribute):
        return targets[0].attr
    return ""


def _is_read_by_key(literal: ast.Dict, module: Module) -> bool:
    """Whether a dict has a name in the module and is only read by keys that are spelt."""
    statement = next(module.nodes.around(literal), None)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    name = statement.targets[0].id
    reads = [read for read in module.nodes.of(ast.Name) if read.id == name and isinstance(read.ctx, ast.Load)]
    return bool(reads) and all(_is_keyed(read, module) for read in reads)


def _is_keyed(read: ast.Name, module: Module) -> bool:
    outer = next(module.nodes.around(read), None)
    if isinstance(outer, ast.Subscript):
        return isinstance(constant(outer.slice), str)
    call = next(module.nodes.around(outer), None) if isinstance(outer, ast.Attribute) else None
    return isinstance(call, ast.Call) and bool(call.args) and isinstance(constant(call.args[0]), str)


def _is_used(target: str, node: ast.expr, *, module: Module, program: Program) -> bool:
    """Whether the word stands anywhere but where ``node`` is read into it, or code reads what it does not spell."""
    word = re.compile(rf"\b{re.escape(target)}\b")
    own = 1 + len(word.findall(ast.unparse(node)))
    if len(word.findall(module.source)) > own or _READS_UNSEEN.search(module.source):
        return True
    return any(word.search(other.source) for other in program.modules.values() if other is not module)
