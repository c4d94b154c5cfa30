"""Tells code that runs to fill something kept for later: an assignment under a test that it is not there yet."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from headstart.audit.code.scopes import Kind, Scope

_MISSING = {"NameError", "KeyError", "AttributeError", "LookupError", "UnboundLocalError", "IndexError", "Exception"}
_FILLING = {"update", "append", "setdefault", "set", "add", "put"}
_INNER_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def fills(test: ast.AST | Sequence[ast.AST], body: Sequence[ast.AST], *, scope: Scope) -> bool:
    """Whether ``body`` assigns what outlives the call and what ``test`` asks for: a global, an attribute, an item of
    one; or a local name that it then keeps there."""
    kept, local = _assigned(body, scope)
    if not kept:
        return False
    asked = set(_mentioned([test] if isinstance(test, ast.AST) else test))
    return bool(asked & kept or asked & local)


def fills_itself(targets: Iterable[ast.expr], value: ast.expr, *, scope: Scope) -> bool:
    """Whether an assignment is of the form ``x = x or make()`` or ``x = x if x else make()``, to what is kept."""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        test = value.values[0]
    elif isinstance(value, ast.IfExp):
        test = value.test
    else:
        return False
    kept = {name for target in targets if (name := _kept(target, scope))}
    return bool(kept & set(_mentioned([test])))


def returns_early(statement: ast.AST) -> ast.AST | Sequence[ast.AST] | None:
    """What a statement asks before it returns, so that all after it runs only where that was missing."""
    if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Return):
        return statement.test
    if isinstance(statement, ast.Try) and isinstance(statement.body[-1], ast.Return):
        return statement.body if any(catches_missing(handler) for handler in statement.handlers) else None
    return None


def catches_missing(handler: ast.ExceptHandler) -> bool:
    """Whether an except clause is for a name, key or attribute that is not there."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _MISSING) for kind in types)


def _assigned(body: Iterable[ast.AST], scope: Scope) -> tuple[set[str], set[str]]:
    """What statements assign: what is kept after the call, and local names."""
    kept: set[str] = set()
    local: set[str] = set()
    for target in _targets(body):
        name = _kept(target, scope)
        if name:
            kept.add(name)
        elif isinstance(target, ast.Name):
            local.add(target.id)
    return kept, local


def _targets(body: Iterable[ast.AST]) -> Iterator[ast.expr]:
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from target.elts if isinstance(target, ast.Tuple) else [target]
        elif isinstance(statement, ast.AnnAssign):
            yield statement.target
        elif isinstance(statement, ast.With | ast.AsyncWith):
            yield from (item.optional_vars for item in statement.items if item.optional_vars is not None)
        elif isinstance(statement, ast.Expr):
            yield from _filled_by_call(statement.value)
        if not isinstance(statement, _INNER_SCOPES):
            yield from _targets(_bodies(statement))


def _bodies(statement: ast.AST) -> Iterator[ast.stmt]:
    for field in ("body", "orelse", "finalbody"):
        yield from getattr(statement, field, ())
    for handler in getattr(statement, "handlers", ()):
        yield from handler.body


def _filled_by_call(value: ast.expr) -> Iterator[ast.expr]:
    """``kept.update(…)`` fills ``kept``, ``setattr(x, "y", …)`` x.y."""
    if not isinstance(value, ast.Call):
        return
    function = value.func
    if isinstance(function, ast.Attribute) and function.attr in _FILLING:
        yield ast.Subscript(function.value, ast.Constant(None), ast.Store())
    elif (attribute := _attribute_by_text(value)) is not None:
        yield attribute


def _attribute_by_text(call: ast.Call) -> ast.Attribute | None:
    named = {"setattr", "hasattr", "getattr", "__setattr__"}
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
    if name not in named or len(call.args) < 2:
        return None
    given = call.args[1]
    return ast.Attribute(call.args[0], str(given.value) if isinstance(given, ast.Constant) else ast.unparse(given))


def _kept(target: ast.expr, scope: Scope) -> str:
    """The dotted text of a target that outlives the call of the function; empty for a local one."""
    if isinstance(target, ast.Name):
        return target.id if target.id in scope.elsewhere else ""
    if isinstance(target, ast.Attribute):
        return _text(target)
    if isinstance(target, ast.Subscript):
        text = _text(target.value)
        return "" if _is_made_here(text.partition(".")[0], scope) else text
    return ""


def _is_made_here(name: str, scope: Scope) -> bool:
    """Whether a local name holds what this call of the function made."""
    bindings = scope.names.get(name, ())
    return any(
        bound.kind is Kind.VALUE and isinstance(bound.node, ast.Dict | ast.List | ast.Call) for bound in bindings
    )


def _mentioned(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The dotted texts in expressions, ``a`` and ``a.b`` for ``a.b.c()`` too."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name | ast.Attribute):
            yield _text(node)
        elif isinstance(node, ast.Call):
            yield f"{_text(node.func)}()"
            if (attribute := _attribute_by_text(node)) is not None:
                yield _text(attribute)
        waiting.extend(ast.iter_child_nodes(node))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_text(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{_text(node.func)}()"
    return _text(node.value) if isinstance(node, ast.Subscript) else ""
