"""Follows the statements of a CDK program: what is not known to happen is done, and its constructs are listed."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from headstart.infra.program.expressions import bind, items_of, merged, operate, truth, value_of
from headstart.infra.program.machine import OUTSIDE, REST, Frame, Machine
from headstart.infra.program.values import (
    Given,
    Left,
    Made,
    Outside,
    OwnClass,
    OwnFunction,
    OwnObject,
    Unknown,
)

_KNOWN_DECORATORS: Final = frozenset(
    {"staticmethod", "classmethod", "property", "cached_property", "override", "implements"}
)


def run(body: Sequence[ast.stmt], frame: Frame) -> bool:
    """Follow a block; whether it may have been left before its end.

    Raises:
        Left: it was left, by return, break, continue or raise.
    """
    for index, statement in enumerate(body):
        frame.machine.step()
        follow = _FOLLOWERS.get(type(statement))
        if follow is not None and follow(statement, frame):
            with frame.machine.uncertainly():
                run(body[index + 1 :], frame)
            return True
    return False


def invoke(function: OwnFunction, positional: list[Given], *, keywords: dict[str, Given]) -> Any:
    """What one of the program's own functions returns for these arguments."""
    machine: Machine = function.frame.machine
    if function.is_decorated:
        values = [given.value for given in (*positional, *keywords.values())]
        machine.escape(values, to="a decorated function", place=machine.place(function.node))
        return Unknown("a decorated function")
    names = _bound(function, positional, keywords=keywords)
    owner = next((given.value for given in positional[:1] if isinstance(given.value, OwnObject)), function.owner)
    frame = Frame(
        names=names, machine=machine, around=function.frame, owner=owner, in_class=function.in_class, returned=[]
    )
    with machine.deeper() as is_followed:
        if not is_followed:
            machine.recorder.note("", "calls within calls, too deep to follow", place=machine.place(function.node))
            return Unknown("a deep call")
        if isinstance(function.node, ast.Lambda):
            return value_of(function.node.body, frame)
        return _result(function.node, frame)


def _result(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Any:
    value, uncertain = None, frame.machine.uncertain
    try:
        run(node.body, frame)
    except Left as left:
        if left.how == "stop":
            raise
        value = left.value if left.how == "return" else Unknown("a call that fails")
    finally:
        frame.machine.uncertain = uncertain
    for other in frame.returned:
        value = merged(value, other, machine=frame.machine, place=frame.machine.place(node))
    return value


def _bound(function: OwnFunction, positional: list[Given], *, keywords: dict[str, Given]) -> dict[str, Any]:
    arguments = function.node.args
    plain = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    named = {each.arg for each in arguments.kwonlyargs}
    names: dict[str, Any] = {**dict.fromkeys([*plain, *named], OUTSIDE), **function.defaults}
    names |= {name: given.value for name, given in zip(plain, positional, strict=False)}
    names |= {name: given.value for name, given in keywords.items() if name in names}
    if arguments.vararg:
        names[arguments.vararg.arg] = tuple(given.value for given in positional[len(plain) :])
    if arguments.kwarg:
        more = {name: given.value for name, given in keywords.items() if name not in plain and name not in named}
        names[arguments.kwarg.arg] = OUTSIDE if REST in keywords else more
    return names


def _define(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    frame.names[node.name] = own_function(node, frame)


def own_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame, *, in_class: OwnClass | None = None
) -> OwnFunction:
    """The value of a definition."""
    arguments = node.args
    plain = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    last = plain[len(plain) - len(arguments.defaults) :]
    pairs = [*zip(last, arguments.defaults, strict=True)]
    pairs += [
        (each.arg, value) for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
    ]
    decorators = (each.func if isinstance(each, ast.Call) else each for each in node.decorator_list)
    names = {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in decorators}
    return OwnFunction(
        node=node,
        frame=frame,
        defaults={name: value_of(value, frame) for name, value in pairs},
        in_class=in_class,
        is_decorated=bool(names - _KNOWN_DECORATORS),
    )


def _define_class(node: ast.ClassDef, frame: Frame) -> None:
    ancestors = tuple(value_of(each, frame) for each in node.bases)
    own = OwnClass(name=node.name, node=node, frame=frame, ancestors=ancestors, members={})
    inner = Frame(names=own.members, machine=frame.machine, around=frame)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            own.members[statement.name] = own_function(statement, frame, in_class=own)
        else:
            run([statement], inner)
    frame.names[node.name] = own


def _import(node: ast.Import, frame: Frame) -> None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        frame.names[alias.asname or name] = Outside(_of_version_2(name))


def _import_from(node: ast.ImportFrom, frame: Frame) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        frame.names[alias.asname or alias.name] = Outside(_of_version_2(f"{module}.{alias.name}"))


def _of_version_2(name: str) -> str:
    return f"aws_cdk{name.removeprefix('aws_cdk.core')}" if name.startswith("aws_cdk.core") else name


def _assign(node: ast.Assign, frame: Frame) -> None:
    value = value_of(node.value, frame)
    for target in node.targets:
        _store(target, value, frame=frame)


def _annotate(node: ast.AnnAssign, frame: Frame) -> None:
    if node.value is not None:
        _store(node.target, value_of(node.value, frame), frame=frame)


def _augment(node: ast.AugAssign, frame: Frame) -> None:
    value = operate(value_of(node.target, frame), value_of(node.value, frame), operation=node.op)
    _store(node.target, value, frame=frame)


def _store(target: ast.expr, value: Any, *, frame: Frame) -> None:
    """Give a name, an attribute or an item its value; what may not happen makes it unknown."""
    if isinstance(target, ast.Attribute):
        owner = value_of(target.value, frame)
        if isinstance(owner, OwnObject):
            _put(owner.attributes, target.attr, value=value, frame=frame, node=target)
        elif isinstance(owner, Made):
            frame.machine.escape(owner, to=f"an assignment to .{target.attr}", place=frame.machine.place(target))
    elif isinstance(target, ast.Subscript):
        owner, key = value_of(target.value, frame), value_of(target.slice, frame)
        if isinstance(owner, dict) and isinstance(key, str | int | float | Outside):
            _put(owner, key, value=value, frame=frame, node=target)
    else:
        bind(target, value, frame=frame)


def _put(names: dict[Any, Any], name: Any, *, value: Any, frame: Frame, node: ast.expr) -> None:
    if frame.machine.uncertain and name in names:
        value = merged(names[name], value, machine=frame.machine, place=frame.machine.place(node))
    names[name] = value


def _if(node: ast.If, frame: Frame) -> bool:
    holds = truth(value_of(node.test, frame))
    if holds is not None:
        return run(node.body if holds else node.orelse, frame)
    before = dict(frame.names)
    left, after_body = _perhaps(node.body, frame), dict(frame.names)
    frame.names.clear()
    frame.names.update(before)
    left_too = _perhaps(node.orelse, frame)
    for name, value in after_body.items():
        other = frame.names.get(name, value)
        frame.names[name] = merged(value, other, machine=frame.machine, place=frame.machine.place(node))
    return left or left_too


def _perhaps(body: Sequence[ast.stmt], frame: Frame) -> bool:
    """A block that may not be run; whether it leaves what is around it."""
    with frame.machine.uncertainly():
        try:
            return run(body, frame)
        except Left as left:
            if left.how == "stop":
                raise
            if left.how == "return":
                frame.returned.append(left.value)
            return True


def _for(node: ast.For | ast.AsyncFor, frame: Frame) -> bool:
    items = items_of(value_of(node.iter, frame))
    if items is None:
        bind(node.target, OUTSIDE, frame=frame)
        return _perhaps(node.body, frame) and False
    for each in items:
        bind(node.target, each, frame=frame)
        try:
            run(node.body, frame)
        except Left as left:
            if left.how == "break":
                return False
            if left.how != "continue":
                raise
    return run(node.orelse, frame)


def _while(node: ast.While, frame: Frame) -> bool:
    value_of(node.test, frame)
    return _perhaps(node.body, frame) and False


def _with(node: ast.With | ast.AsyncWith, frame: Frame) -> bool:
    for item in node.items:
        value_of(item.context_expr, frame)
        if item.optional_vars is not None:
            bind(item.optional_vars, OUTSIDE, frame=frame)
    return run(node.body, frame)


def _try(node: ast.Try, frame: Frame) -> bool:
    left = run([*node.body, *node.orelse], frame)
    return run(node.finalbody, frame) or left


def _match(node: ast.Match, frame: Frame) -> bool:
    value_of(node.subject, frame)
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, ast.MatchAs | ast.MatchStar) and pattern.name:
                frame.names[pattern.name] = OUTSIDE
    left = [_perhaps(case.body, frame) for case in node.cases]
    return any(left)


def _return(node: ast.Return, frame: Frame) -> None:
    raise Left("return", value_of(node.value, frame) if node.value else None)


def _leave(node: ast.Break | ast.Continue | ast.Raise, frame: Frame) -> None:
    raise Left({ast.Break: "break", ast.Continue: "continue"}.get(type(node), "raise"))


def _evaluate(node: ast.Expr, frame: Frame) -> None:
    value_of(node.value, frame)


_FOLLOWERS: Final[Mapping[type[ast.stmt], Callable[[Any, Frame], bool | None]]] = {
    ast.Expr: _evaluate,
    ast.Assign: _assign,
    ast.AnnAssign: _annotate,
    ast.AugAssign: _augment,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Match: _match,
    ast.Return: _return,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Raise: _leave,
}
