"""What stands at module level: statements with their lines, and the names that those which ran draw on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Node = Any  # of the syntax tree; told apart by the names of their types, since ast is not imported
    Block = Sequence[Node]
    Reference = tuple[str, ...]

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST, without importing ast
_IMPORTS = ("Import", "ImportFrom")
_FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")
_DEFINITIONS = (*_FUNCTIONS, "ClassDef")
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


class Statement:
    """A simple statement, a definition, or the head of a compound one; ``parts`` is what it computes itself."""

    __slots__ = ("first", "is_work", "last", "parts")

    def __init__(self, node: Node, parts: list[Node], *, lines: tuple[int, int]) -> None:
        self.first, self.last = lines
        self.parts = parts
        self.is_work = _kind(node) not in _IMPORTS + _DEFINITIONS


def parse(source: bytes, path: str) -> Node | None:
    """The syntax tree of a module; None where it is not Python."""
    try:
        return compile(source, path, "exec", _ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None


def statements(block: Block) -> Iterator[Statement]:
    """Yield the statements of a block and of the blocks in it, outer before inner; not what definitions contain."""
    for node in block:
        inner = [] if _kind(node) in _DEFINITIONS else [(name, getattr(node, name, None) or []) for name in _BLOCKS]
        if _kind(node) in _FUNCTIONS:
            parts = [*node.decorator_list, *node.args.defaults, *(part for part in node.args.kw_defaults if part)]
        elif _kind(node) == "ClassDef":
            parts = [*node.decorator_list, *node.bases, *node.keywords]
        elif _kind(node) == "AnnAssign":
            parts = [node.target, *([node.value] if node.value else [])]
        elif any(entries for _, entries in inner):
            parts = [part for name in node._fields if name not in _BLOCKS for part in _children(getattr(node, name))]
        else:
            parts = [node]
        yield Statement(node, parts, lines=_lines(node))
        for _, entries in inner:
            yield from statements(entries)


def names_used(tree: Node, ran: set[int]) -> Iterator[Reference]:
    """Yield the dotted names, as tuples, of module-level code that is no import and of which a line in ``ran`` ran.

    What a class holds at its own level, decorators, bases and defaults count; annotations of functions do not.
    """
    for node in _reached(tree.body, ran):
        yield from _dotted_names(node)


def _reached(block: Block, ran: set[int]) -> Iterator[Node]:
    for statement in statements(block):
        if not ran.isdisjoint(range(statement.first, statement.last + 1)):
            yield from statement.parts
    for node in _classes(block):
        first, last = _lines(node)
        if not ran.isdisjoint(range(first, last + 1)):
            yield from _class_parts(node)


def _class_parts(node: Node) -> Iterator[Node]:
    everything = range(node.lineno, node.end_lineno + 1)
    for inner in node.body:
        if _kind(inner) == "AnnAssign":  # the fields of data classes and models
            yield inner.annotation
    yield from _reached(node.body, set(everything))


def _classes(block: Block) -> Iterator[Node]:
    for node in block:
        if _kind(node) == "ClassDef":
            yield node
        elif _kind(node) not in _FUNCTIONS:
            for name in _BLOCKS:
                yield from _classes(getattr(node, name, None) or [])


def _dotted_names(node: Node) -> Iterator[Reference]:
    pending = [node]
    while pending:
        node = pending.pop()
        if _kind(node) in (*_IMPORTS, "Lambda"):
            continue
        attributes, root = [], node
        while _kind(root) == "Attribute":
            attributes.append(root.attr)
            root = root.value
        if _kind(root) == "Name":
            if _kind(root.ctx) == "Load":
                yield (root.id, *reversed(attributes))
        else:
            pending.extend(part for name in root._fields for part in _children(getattr(root, name, None)))


def _children(value: Any) -> list[Node]:
    if isinstance(value, list):
        return [entry for entry in value if hasattr(entry, "_fields")]
    return [value] if hasattr(value, "_fields") else []


def _lines(node: Node) -> tuple[int, int]:
    """First and last line of what a statement itself computes: a compound one ends where its block begins."""
    first = min([_line(node), *(part.lineno for part in getattr(node, "decorator_list", []))])
    block = getattr(node, "body", None) or getattr(node, "cases", None)
    if not block:
        return first, node.end_lineno
    return first, max(_line(node), _line(block[0]) - 1)


def _line(node: Node) -> int:
    line: int = node.pattern.lineno if _kind(node) == "match_case" else node.lineno
    return line


def _kind(node: Node) -> str:
    return type(node).__name__
