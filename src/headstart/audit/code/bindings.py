"""Which names a module binds and reads, scope by scope, and the expressions that it binds them to."""

import ast
from collections import defaultdict

from headstart.audit.code.nodes import Nodes

Scope = ast.AST | None
_NAMED = (ast.Assign, ast.AnnAssign, ast.NamedExpr)


class Bindings:
    """By function; None is the module with its class bodies. Comprehensions count to what is around them."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._values: dict[Scope, dict[str, list[ast.expr | None]]] = defaultdict(lambda: defaultdict(list))
        self._reads: dict[Scope, dict[str, list[ast.Name]]] = defaultdict(lambda: defaultdict(list))
        for name in nodes.of(ast.Name):
            scope = nodes.function_around(name)
            if isinstance(name.ctx, ast.Store):
                self._values[scope][name.id].append(self._value(name))
            else:
                self._reads[scope][name.id].append(name)
        for parameter in nodes.of(ast.arg):
            self._values[nodes.function_around(parameter)][parameter.arg].append(None)
        for declared in nodes.of(ast.Global) + nodes.of(ast.Nonlocal):
            self._move_out(declared)

    def _value(self, name: ast.Name) -> ast.expr | None:
        around = next(self._nodes.around(name), None)
        if isinstance(around, _NAMED):
            return around.value
        if isinstance(around, ast.withitem):
            return around.context_expr
        return None

    def _move_out(self, declared: ast.Global | ast.Nonlocal) -> None:
        """What a function binds as global is the module's; as nonlocal, of the function around it."""
        scope = self._nodes.function_around(declared)
        outer = None if isinstance(declared, ast.Global) or scope is None else self._nodes.function_around(scope)
        for name in declared.names:
            self._values[outer][name] += self._values[scope].pop(name, [])
            self._reads[outer][name] += self._reads[scope].pop(name, [])

    def values(self, name: ast.Name) -> list[ast.expr | None]:
        """What the name is bound to in the scope that has it; None for a loop's, a parameter, an unpacked value.

        A name that is imported, or not the module's, has no values.
        """
        scope = self._nodes.function_around(name)
        while scope is not None and name.id not in self._values[scope]:
            scope = self._nodes.function_around(scope)
        return self._values[scope].get(name.id, [])

    def value(self, name: ast.Name) -> ast.expr | None:
        """The one value that the name has; None if it has another, or one that is not known."""
        values = self.values(name)
        return values[0] if len(values) == 1 else None

    def reads(self, scope: Scope, name: str) -> list[ast.Name]:
        """Where a scope reads (or deletes) a name, in order; functions nested in it not included."""
        return self._reads[scope].get(name, [])

    def bound(self, scope: Scope) -> dict[str, list[ast.expr | None]]:
        """The names that a scope binds, with their values."""
        return self._values[scope]
