"""Binds a function's parameters: to their defaults or annotated types, ``self`` to an object of the class."""

import ast

from headstart.audit.code.scopes import Binding, Kind, Scope

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_OF_THE_CLASS = {"__new__", "__init_subclass__", "__class_getitem__"}


def bind_parameters(scope: Scope, node: AnyFunction, *, outer: Scope) -> None:
    """Bind in ``scope`` what ``node`` takes; defaults and annotations are read in ``outer``."""
    given = node.args
    positional = given.posonlyargs + given.args
    missing = [None] * (len(positional) - len(given.defaults))
    pairs = [*zip(positional, [*missing, *given.defaults], strict=True)]
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    for parameter, default in pairs:
        scope.bind(parameter.arg, _binding(parameter, default, outer=outer))
    for starred, kind in ((given.vararg, "tuple()"), (given.kwarg, "dict()")):
        if starred is not None:
            scope.bind(starred.arg, Binding(Kind.OWN_OBJECT, None, kind, scope))
    if outer.is_class and positional:
        _bind_self(scope, node, first=positional[0].arg)


def _binding(parameter: ast.arg, default: ast.expr | None, *, outer: Scope) -> Binding:
    if default is not None and not (isinstance(default, ast.Constant) and default.value is None):
        return Binding(Kind.VALUE, default, "", outer)
    if parameter.annotation is not None:
        return Binding(Kind.OF_TYPE, parameter.annotation, "", outer)
    return Binding(Kind.UNKNOWN, None, "", outer)


def _bind_self(scope: Scope, node: AnyFunction, *, first: str) -> None:
    """Bind a method's first parameter; a static method has no ``self``."""
    marks = {each.id for each in scope.decorators if isinstance(each, ast.Name)}
    if "staticmethod" in marks or scope.outer is None:
        return
    is_class = "classmethod" in marks or getattr(node, "name", "") in _OF_THE_CLASS
    name = scope.outer.name if is_class else f"{scope.outer.name}()"
    scope.names[first] = [Binding(Kind.OWN_OBJECT, None, name, scope)]
