"""A module's syntax nodes by their type, each with the node around it: one walk, for all rules."""

import ast
from collections.abc import Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Nodes:
    """Nodes of a tree in the order of the source, without operators and contexts."""

    def __init__(self, tree: ast.AST) -> None:
        self._by_type: dict[type[ast.AST], list[ast.AST]] = {}
        self._around: dict[ast.AST, ast.AST] = {}
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            self._by_type.setdefault(type(node), []).append(node)
            inner: list[ast.AST] = []
            # What ast.iter_child_nodes does, in half the time.
            for field in node._fields:
                value = getattr(node, field, None)
                if isinstance(value, list):
                    inner += [child for child in value if isinstance(child, ast.AST)]
                elif isinstance(value, ast.AST) and value._fields:
                    inner.append(value)
            for child in reversed(inner):
                self._around[child] = node
                waiting.append(child)

    def of(self, kind: type[Node]) -> list[Node]:
        """All nodes of exactly this type."""
        return self._by_type.get(kind, [])  # type: ignore[return-value]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around one, the nearest first."""
        outer = self._around.get(node)
        while outer is not None:
            yield outer
            outer = self._around.get(outer)

    def function_around(self, node: ast.AST) -> ast.AST | None:
        """The def or lambda that a node stands in; None at module level."""
        return next((outer for outer in self.around(node) if isinstance(outer, _SCOPES)), None)
