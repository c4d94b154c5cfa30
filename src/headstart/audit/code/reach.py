"""Which functions a call of a function may run: what it calls, passes on, reads as a property, or is wrapped in."""

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from headstart.audit.code.names import Names
from headstart.audit.code.program import Call, Function

Way = tuple[Call, ...]
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class Edge(msgspec.Struct, frozen=True, eq=False):
    """``to`` may run when the function does; by ``call``, or by a reference in its arguments. ``is_once``: to fill
    something kept."""

    to: Function
    call: Call | None
    is_once: bool


class CallGraph:
    """The call graph of a program, found out function by function as it is asked for."""

    def __init__(self, functions: Mapping[str, Function], names: Names) -> None:
        self._functions = functions
        self._names = names
        self._edges: dict[Function, list[Edge]] = {}
        self._nested: dict[Function, list[Function]] = {}
        for function in functions.values():
            if function.in_function is not None:
                self._nested.setdefault(function.in_function, []).append(function)

    def all(self, start: Function, *, repeated: bool = False) -> dict[Function, Way]:
        """What ``start`` reaches, nearest first, with the way; ``repeated`` as in `Program.repeated`."""
        ways: dict[Function, Way] = {start: ()}
        waiting = deque([start])
        while waiting:
            function = waiting.popleft()
            for edge in self._edges_of(function):
                is_left_out = repeated and (edge.is_once or edge.to.is_memoised)
                if edge.to not in ways and not is_left_out:
                    ways[edge.to] = (*ways[function], edge.call) if edge.call else ways[function]
                    waiting.append(edge.to)
        return ways

    def _edges_of(self, function: Function) -> list[Edge]:
        known = self._edges.get(function)
        if known is None:
            known = self._edges[function] = [*self._called(function), *self._referred(function)]
            known += [Edge(nested, None, False) for nested in self._nested.get(function, ())]
            known += [Edge(wrapper, None, False) for wrapper in self._wrappers(function)]
        return known

    def _called(self, function: Function) -> Iterator[Edge]:
        for call in function.calls:
            if call.target is not None:
                yield Edge(call.target, call, call.is_lazy_global)

    def _referred(self, function: Function) -> Iterator[Edge]:
        """Functions that are named without being called there: callbacks, properties."""
        calls = {call.node: call for call in function.calls}
        called = {node.func for node in calls}
        body = function.node.body if isinstance(function.node.body, list) else [function.node.body]
        waiting: list[tuple[ast.AST, Call | None]] = [(node, None) for node in reversed(body)]
        while waiting:
            node, around = waiting.pop()
            if isinstance(node, _SCOPES):
                continue
            if isinstance(node, ast.Call):
                around = calls.get(node, around)
            elif node not in called and (to := self._function_at(node, function)) is not None:
                yield Edge(to, around, around is not None and around.is_lazy_global)
            waiting += [(inner, around) for inner in ast.iter_child_nodes(node)]

    def _function_at(self, node: ast.AST, function: Function) -> Function | None:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return None
        named = self._named(self._names.value(node, function.scope))
        if named is None and isinstance(node, ast.Attribute):
            return self._property(self._names.value(node.value, function.scope), node.attr)
        return named

    def _named(self, name: str) -> Function | None:
        return self._functions.get(name) or self._functions.get(self._names.maker(name))

    def _property(self, owner: str, name: str) -> Function | None:
        scope = self._names.scopes.get(owner.removesuffix("()"))
        if scope is None or not scope.is_class:
            return None
        member = self._names.member(scope, name)
        return self._functions.get(member.name) if member is not None else None

    def _wrappers(self, function: Function) -> Iterable[Function]:
        """What a decorator of the program puts around the function runs each time; the decorator itself does not."""
        scope = function.scope
        for decorator in scope.decorators:
            made_by = decorator.func if isinstance(decorator, ast.Call) else decorator
            own = self._functions.get(self._names.value(made_by, scope.outer or scope))
            if own is not None:
                yield from self._nested.get(own, ())
