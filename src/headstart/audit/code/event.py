"""What comes from the event: followed from the handler's first parameter through assignments, loops and calls.

Silent where it cannot know: what a function of the program or of a library returns is not followed, as it may have
checked it.
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function, Module

_HANDS_ON = frozenset({"bytes", "dict", "enumerate", "float", "int", "iter", "list", "reversed", "set", "sorted"})
_HANDS_ON |= {"str", "tuple", "zip", "json.loads", "urllib.parse.unquote"}
_HOLDERS = (ast.Tuple, ast.List, ast.Set, ast.Starred, ast.Await, ast.JoinedStr, ast.FormattedValue, ast.BoolOp)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)
_ASSIGNMENTS = (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)
_LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)


class Held:
    """The names in one function that hold the event or a part of it."""

    def __init__(self, module: Module) -> None:
        self.names: set[str] = set()
        self._module = module

    def holds(self, node: ast.expr | None) -> bool:
        """Whether an expression is a part of the event, or has one in it."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self.holds(node.value)
        if isinstance(node, ast.Call):
            return self._call_holds(node)
        return any(map(self.holds, _parts(node)))

    def _call_holds(self, node: ast.Call) -> bool:
        """A method of what holds a part, ``event.get("url")``; or a call that hands on its argument."""
        called = node.func
        if isinstance(called, ast.Attribute) and self.holds(called.value):
            return True
        name = ""
        if isinstance(called, ast.Name):
            name = self._module.imports.get(called.id, called.id)
        elif isinstance(called, ast.Attribute):
            name = f"{self._module.imports.get(ast.unparse(called.value), '')}.{called.attr}"
        return name in _HANDS_ON and any(map(self.holds, node.args))

    def grow(self, nodes: list[ast.AST]) -> None:
        """Take up every name that these statements and comprehensions bind to a part of the event."""
        before = -1
        while before != len(self.names):
            before = len(self.names)
            for node in nodes:
                value, targets = _binding(node)
                if self.holds(value):
                    self.names |= {name for target in targets for name in _stored(target)}


class FromEvent:
    """The names of each function that the handler reaches which hold the event or a part of it."""

    def __init__(self, handler: Function) -> None:
        self._held: dict[Function, Held] = {}
        self._waiting: list[Function] = []
        self._learn(handler, set(_positional(handler)[:1]))
        while self._waiting:
            self._follow(self._waiting.pop())

    def functions(self) -> Iterator[Function]:
        """The functions that have something of the event."""
        yield from self._held

    def modules(self) -> set[Module]:
        """The modules with such functions."""
        return {function.module for function in self._held}

    def holds(self, expression: ast.expr | None, function: Function | None) -> bool:
        """Whether an expression in ``function`` is a part of the event, or has one in it."""
        held = self._held.get(function) if function else None
        return held is not None and held.holds(expression)

    def _learn(self, function: Function, names: set[str]) -> None:
        held = self._held.setdefault(function, Held(function.module))
        if not names <= held.names:
            held.names |= names
            self._waiting.append(function)

    def _follow(self, function: Function) -> None:
        held = self._held[function]
        held.grow(list(ast.walk(function.node)))
        for call in function.calls:
            if call.target is not None:
                self._learn(call.target, set(_given(call.target, call.node, held=held)))
        for inner in function.module.functions.values():
            if inner.in_function is function:
                self._learn(inner, held.names - set(_every_parameter(inner)))


def _given(called: Function, node: ast.Call, *, held: Held) -> Iterator[str]:
    """The parameters that a call gives a part of the event."""
    for parameter, argument in zip(_positional(called), node.args, strict=False):
        if held.holds(argument):
            yield parameter
    for keyword in node.keywords:
        if keyword.arg in _every_parameter(called) and held.holds(keyword.value):
            yield keyword.arg


def _positional(function: Function) -> list[str]:
    """The parameters that a caller gives by position: without ``self`` or ``cls``."""
    given = function.node.args
    names = [parameter.arg for parameter in given.posonlyargs + given.args]
    return names[1:] if function.in_class and names[:1] in (["self"], ["cls"]) else names


def _every_parameter(function: Function) -> list[str]:
    return _positional(function) + [parameter.arg for parameter in function.node.args.kwonlyargs]


def _binding(node: ast.AST) -> tuple[ast.expr | None, list[ast.expr]]:
    """A value, and the targets that a node binds to it or to its items."""
    if isinstance(node, ast.Assign):
        return node.value, node.targets
    if isinstance(node, _ASSIGNMENTS):
        return node.value, [node.target]
    if isinstance(node, _LOOPS):
        return node.iter, [node.target]
    return None, []


def _stored(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _parts(node: ast.expr | None) -> Iterator[ast.expr]:
    """The expressions that become part of a value."""
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, _COMPREHENSIONS):
        yield node.elt
    elif isinstance(node, _HOLDERS):
        yield from (inner for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.expr))
