"""The value of an expression of a CDK program, where its parts are known."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from headstart.infra.program.attributes import attribute
from headstart.infra.program.machine import OUTSIDE, Frame, Machine
from headstart.infra.program.values import NotSet, Outside, OwnFunction, Unknown, is_open
from headstart.model.infrastructure import Place, Symbolic

_KNOWN: Final = (str, int, float, bool, type(None), list, tuple, dict, set)
_PLAIN: Final = (str, int, float)
_ITEMS_MAX: Final = 500
_TEXT_MAX: Final = 10_000
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
_ARITHMETIC_FAILS: Final = (TypeError, ValueError, ArithmeticError, KeyError, IndexError, AttributeError)


def value_of(node: ast.expr, frame: Frame) -> Any:
    """What the expression stands for; ``Unknown`` where that is not known."""
    frame.machine.step()
    if isinstance(node, ast.Constant):
        return node.value
    read = _READERS.get(type(node))
    return read(node, frame) if read else Unknown(type(node).__name__)


def truth(value: Any) -> bool | None:
    """Whether a condition holds; None where that is not known."""
    if is_open(value):
        return None
    return False if isinstance(value, NotSet) else bool(value)


def items_of(value: Any) -> list[Any] | None:
    """The items of something to be gone through; None where they are not known."""
    if isinstance(value, list | tuple | set | dict | range) or type(value).__name__ in ("dict_items", "zip"):
        found = list(value)
        return found if len(found) <= _ITEMS_MAX else None
    return None


def bind(target: ast.expr, value: Any, *, frame: Frame) -> None:
    """Give a name, or the names of a tuple, their values in a frame of their own."""
    if isinstance(target, ast.Name):
        frame.names[target.id] = value
    elif isinstance(target, ast.Tuple | ast.List):
        parts = items_of(value)
        is_even = parts is not None and len(parts) == len(target.elts)
        for index, each in enumerate(target.elts):
            inner = each.value if isinstance(each, ast.Starred) else each
            is_known = is_even and parts is not None and not isinstance(each, ast.Starred)
            bind(inner, parts[index] if is_known and parts else _part_of(value), frame=frame)


def _part_of(value: Any) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown("a part of what is not followed")


def _name(node: ast.Name, frame: Frame) -> Any:
    found = frame.find(node.id)
    # A name that nothing defines: rule HS423 tells; the name is the best that is known.
    return found.value if found is not None else Outside(node.id)


def _attribute(node: ast.Attribute, frame: Frame) -> Any:
    return attribute(value_of(node.value, frame), node, machine=frame.machine)


def _call(node: ast.Call, frame: Frame) -> Any:
    return frame.machine.call(node, frame)


def _text(node: ast.JoinedStr, frame: Frame) -> Any:
    parts = [_part(part, frame) for part in node.values]
    unknown = next((part for part in parts if isinstance(part, Unknown) and not part.is_outside), None)
    if unknown is not None:
        return unknown
    text = "".join("${?}" if isinstance(part, Unknown) else str(part) for part in parts)
    if all(isinstance(part, str) for part in parts):
        return text
    refers_to = [id_ for part in parts if isinstance(part, Symbolic) for id_ in part.refers_to]
    return Symbolic(text, tuple(dict.fromkeys(refers_to)))


def _part(node: ast.expr, frame: Frame) -> str | Symbolic | Unknown:
    if not isinstance(node, ast.FormattedValue):
        return str(value_of(node, frame))
    value = value_of(node.value, frame)
    if isinstance(value, Symbolic | Unknown):
        return value
    is_plain = isinstance(value, str | int | float) and node.format_spec is None
    return str(value) if is_plain else Unknown("a text that is not followed")


def _operation(node: ast.BinOp, frame: Frame) -> Any:
    return operate(value_of(node.left, frame), value_of(node.right, frame), operation=node.op)


def operate(left: Any, right: Any, *, operation: ast.operator) -> Any:
    """The result of an operator on two values."""
    for value in (left, right):
        if isinstance(value, Unknown):
            return value
    work = _OPERATORS.get(type(operation))
    if isinstance(operation, ast.Add) and isinstance(left, str | Symbolic) and isinstance(right, str | Symbolic):
        return _joined(left, right)
    is_formatted = isinstance(operation, ast.Mod) and isinstance(left, str)
    is_known = isinstance(left, _KNOWN) and isinstance(right, _PLAIN if is_formatted else _KNOWN)
    is_path = isinstance(operation, ast.Div) and hasattr(left, "parent") and isinstance(right, str)
    if work is None or not (is_known or is_path) or _is_large(left, right, operation=operation):
        return Unknown("an operation that is not followed")
    try:
        return work(left, right)
    except _ARITHMETIC_FAILS:
        return Unknown("an operation that fails")


def _joined(left: str | Symbolic, right: str | Symbolic) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) < _TEXT_MAX else Unknown("a long text")
    refers_to = [id_ for each in (left, right) if isinstance(each, Symbolic) for id_ in each.refers_to]
    return Symbolic(f"{left}{right}", tuple(dict.fromkeys(refers_to)))


def _is_large(left: Any, right: Any, *, operation: ast.operator) -> bool:
    """Whether a text or list would become too long, or a number too large."""
    if not isinstance(operation, ast.Mult | ast.Add | ast.Mod):
        return False
    sizes = [len(each) for each in (left, right) if isinstance(each, str | list | tuple)]
    factor = next((each for each in (left, right) if isinstance(each, int) and sizes), 1)
    numbers = [each for each in (left, right) if isinstance(each, int | float)]
    return sum(sizes) * max(1, factor) > _TEXT_MAX or any(abs(each) > 1e30 for each in numbers)


def _unary(node: ast.UnaryOp, frame: Frame) -> Any:
    value = value_of(node.operand, frame)
    if isinstance(node.op, ast.Not):
        holds = truth(value)
        return OUTSIDE if holds is None else not holds
    if isinstance(value, int | float):
        return -value if isinstance(node.op, ast.USub) else value
    return value if isinstance(value, Unknown) else Unknown("an operation that is not followed")


def _choice(node: ast.BoolOp, frame: Frame) -> Any:
    """``or`` and ``and``, which give one of their values."""
    value: Any = None
    for each in node.values:
        value = value_of(each, frame)
        holds = truth(value)
        if holds is None:
            return value if isinstance(value, Unknown) else OUTSIDE
        if holds is isinstance(node.op, ast.Or):
            return value
    return value


def _compare(node: ast.Compare, frame: Frame) -> Any:
    left, result = value_of(node.left, frame), True
    for operation, other in zip(node.ops, node.comparators, strict=True):
        right = value_of(other, frame)
        holds = _holds(left, right, operation=operation)
        if holds is None:
            return OUTSIDE
        result, left = result and holds, right
    return result


def _holds(left: Any, right: Any, *, operation: ast.cmpop) -> bool | None:
    if is_open(left) or is_open(right):
        return None
    left, right = (None if isinstance(each, NotSet) else each for each in (left, right))
    if isinstance(operation, ast.Is | ast.IsNot):
        same = left is right or (isinstance(left, Outside) and left == right)
        return same is isinstance(operation, ast.Is)
    try:
        return bool(_COMPARISONS[type(operation)](left, right))
    except _ARITHMETIC_FAILS:
        return None


def _if(node: ast.IfExp, frame: Frame) -> Any:
    holds = truth(value_of(node.test, frame))
    if holds is not None:
        return value_of(node.body if holds else node.orelse, frame)
    with frame.machine.uncertainly():
        both = value_of(node.body, frame), value_of(node.orelse, frame)
    return merged(*both, machine=frame.machine, place=frame.machine.place(node))


def merged(one: Any, other: Any, *, machine: Machine, place: Place) -> Any:
    """The value where it is either of two, by what is not known."""
    if one is other or (isinstance(one, _KNOWN) and isinstance(other, _KNOWN) and one == other):
        return one
    machine.escape([one, other], to="a name that may be something else", place=place)
    return OUTSIDE


def _list(node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    found: list[Any] = []
    for each in node.elts:
        if isinstance(each, ast.Starred):
            items = items_of(value_of(each.value, frame))
            if items is None:
                return Unknown("a list of what is not followed")
            found += items
        else:
            found.append(value_of(each, frame))
    return tuple(found) if isinstance(node, ast.Tuple) else found


def _dict(node: ast.Dict, frame: Frame) -> Any:
    found: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = value_of(value, frame)
            if not isinstance(inner, dict):
                return inner if isinstance(inner, Unknown) else Unknown("a mapping that is not followed")
            found |= inner
        else:
            name = value_of(key, frame)
            if not isinstance(name, str | int | float | Symbolic | Outside):
                return Unknown("a mapping by what is not followed")
            found[name] = value_of(value, frame)
    return found


def _item(node: ast.Subscript, frame: Frame) -> Any:
    owner, key = value_of(node.value, frame), value_of(node.slice, frame)
    if isinstance(owner, Unknown):
        return owner
    if isinstance(owner, Outside):
        return Unknown(owner.name, is_outside=owner.name in ("os.environ", "sys.argv"))
    if not isinstance(owner, dict | list | tuple | str) or isinstance(key, Unknown | Symbolic):
        return key if isinstance(key, Unknown) else Unknown("an item of what is not followed")
    try:
        return owner[key]
    except _ARITHMETIC_FAILS:
        return Unknown("an item that is not there")


def _slice(node: ast.Slice, frame: Frame) -> Any:
    parts = [value_of(each, frame) if each else None for each in (node.lower, node.upper, node.step)]
    is_known = all(each is None or isinstance(each, int) for each in parts)
    return slice(*parts) if is_known else Unknown("a part of a list")


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame) -> Any:
    inner = Frame(names={}, machine=frame.machine, around=frame, owner=frame.owner, in_class=frame.in_class)
    found: list[Any] = []
    try:
        for _ in _rounds(node.generators, inner):
            if isinstance(node, ast.DictComp):
                found.append((value_of(node.key, inner), value_of(node.value, inner)))
            else:
                found.append(value_of(node.elt, inner))
        return dict(found) if isinstance(node, ast.DictComp) else found
    except (_UnknownError, TypeError):
        with frame.machine.uncertainly():
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            for each in parts:
                value_of(each, inner)
        return Unknown("a list of what is not followed")


class _UnknownError(Exception):
    """What a comprehension goes through is not known."""


def _rounds(generators: list[ast.comprehension], frame: Frame) -> Iterator[None]:
    """Each round, with its names bound in ``frame``."""
    if not generators:
        yield
        return
    first, *others = generators
    items = items_of(value_of(first.iter, frame))
    if items is None:
        bind(first.target, Unknown("an item of what is not followed"), frame=frame)
        raise _UnknownError
    for each in items:
        bind(first.target, each, frame=frame)
        tests = [truth(value_of(test, frame)) for test in first.ifs]
        if None in tests:
            raise _UnknownError
        if all(tests):
            yield from _rounds(others, frame)


def _lambda(node: ast.Lambda, frame: Frame) -> OwnFunction:
    return OwnFunction(node=node, frame=frame, owner=frame.owner, in_class=frame.in_class)


def _assigned(node: ast.NamedExpr, frame: Frame) -> Any:
    frame.names[node.target.id] = value = value_of(node.value, frame)
    return value


_READERS: Final[Mapping[type[ast.expr], Callable[[Any, Frame], Any]]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.JoinedStr: _text,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.BoolOp: _choice,
    ast.Compare: _compare,
    ast.IfExp: _if,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Set: _list,
    ast.Dict: _dict,
    ast.Subscript: _item,
    ast.Slice: _slice,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Lambda: _lambda,
    ast.NamedExpr: _assigned,
}
