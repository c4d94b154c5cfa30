"""Small questions about a syntax node that several rules ask."""

import ast
from collections.abc import Iterable

from headstart.audit.code.program import Module

_BROAD = frozenset({"Exception", "BaseException"})


def constant(node: ast.expr | None) -> object:
    """The value of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def is_name(node: ast.AST | None, name: str | None) -> bool:
    """Whether it is this name."""
    return isinstance(node, ast.Name) and node.id == name


def catches_any(caught: ast.ExceptHandler) -> bool:
    """Whether an ``except`` is for every exception."""
    kinds = caught.type.elts if isinstance(caught.type, ast.Tuple) else [caught.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _BROAD) for kind in kinds)


def calls_in(nodes: Iterable[ast.AST]) -> list[ast.Call]:
    """The calls in some nodes."""
    return [node for outer in nodes for node in ast.walk(outer) if isinstance(node, ast.Call)]


def is_same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two nodes are written alike."""
    return ast.dump(one) == ast.dump(other)


def method(node: ast.Call) -> str:
    """The name of the method that is called, ``setex`` in ``cache.setex(…)``; empty for a function."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def has_key(node: ast.AST, *keys: str) -> bool:
    """Whether it is a dict literal with one of the keys."""
    return isinstance(node, ast.Dict) and any(constant(key) in keys for key in node.keys)


def name_around(node: ast.AST, module: Module) -> str:
    """The full name of the function that a node stands in, else of its module."""
    function = module.function_around(node)
    return function.full_name if function else module.name
