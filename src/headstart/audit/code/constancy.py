"""Tells whether an argument is the same in every invocation, so that what it makes could be made once."""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Call, Function
from headstart.audit.code.scopes import Binding, Kind, Scope

Way = tuple[Call, ...]


def varies(node: ast.expr, function: Function, *, way: Way) -> bool:
    """Whether an expression in ``function`` may have another value in another invocation that comes by ``way``.

    Names of the module count as the same; parameters are followed to what the last call of the way gives them.
    """
    return any(_name_varies(name, function, way=way) for name in _names(node))


def _names(node: ast.expr) -> Iterator[ast.Name]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Name))


def _name_varies(name: ast.Name, function: Function, *, way: Way) -> bool:
    scope: Scope | None = function.scope
    holder: Function | None = function
    while holder is not None and scope is not None and name.id not in scope.names:
        holder = holder.in_function
        scope, way = (holder.scope, ()) if holder is not None else (None, ())
    if holder is None:
        return False
    if name.id in _parameters(holder):
        return _parameter_varies(name.id, holder, way=way)
    bindings = holder.scope.names.get(name.id, [])
    return any(_binding_varies(binding, holder, way=way) for binding in bindings)


def _binding_varies(binding: Binding, function: Function, *, way: Way) -> bool:
    if binding.kind in (Kind.IMPORT, Kind.FUNCTION, Kind.CLASS):
        return False
    if binding.kind is not Kind.VALUE or binding.node is None:
        return True
    names = [name for name in _names(binding.node) if function.scope.names.get(name.id) != [binding]]
    return any(_name_varies(name, function, way=way) for name in names)


def _parameter_varies(name: str, function: Function, *, way: Way) -> bool:
    if function.in_class and name == _parameters(function)[0]:
        return True  # an attribute of self may be anything
    if not way or way[-1].target is not function or way[-1].has_unpacked_arguments:
        return True
    call = way[-1]
    given = call.argument(name, _position(name, function))
    if given is None:
        return False
    return call.in_function is not None and varies(given, call.in_function, way=way[:-1])


def _parameters(function: Function) -> list[str]:
    given = function.node.args
    starred = [each for each in (given.vararg, given.kwarg) if each is not None]
    return [parameter.arg for parameter in [*given.posonlyargs, *given.args, *given.kwonlyargs, *starred]]


def _position(name: str, function: Function) -> int | None:
    """Where a caller gives a parameter: without ``self``."""
    positional = [parameter.arg for parameter in function.node.args.posonlyargs + function.node.args.args]
    is_bound = bool(function.in_class) and positional[:1] in (["self"], ["cls"])
    return positional.index(name) - is_bound if name in positional else None
