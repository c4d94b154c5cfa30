"""CloudWatch metric math as far as rules need it: which metrics an expression divides by, and what guards that.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (2026-11-23)
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/^(),\[\]<>]))"
)
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_LEVELS: Final = (
    frozenset({"OR", "||"}),
    frozenset({"AND", "&&"}),
    _COMPARISONS,
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
    frozenset({"^"}),
)
# Longer or deeper than CloudWatch takes, or anyone writes: not understood.
_CHARACTERS_MAX: Final = 2_048
_DEPTH_MAX: Final = 20


class Node(msgspec.Struct, frozen=True):
    """A part of an expression. ``kind``: number, text, name (a metric's id), call, list, or operation.

    ``word`` is the number, id, function or operator as written, functions and AND, OR in capitals.
    """

    kind: str
    word: str
    parts: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """This node and all in it."""
        left = [self]
        while left:
            node = left.pop()
            yield node
            left.extend(reversed(node.parts))

    def names(self) -> frozenset[str]:
        """The ids used in it."""
        return frozenset(node.word for node in self.walk() if node.kind == "name")


class _NotUnderstoodError(Exception):
    """The text is not metric math, or is deeper than anyone writes."""


def parse(text: str) -> Node | None:
    """The expression as a tree; None for what is not metric math, such as a Metrics Insights query."""
    tokens, end = [], 0
    if len(text) > _CHARACTERS_MAX:
        return None
    while end < len(text.rstrip()):
        token = _TOKEN.match(text, end)
        if token is None:
            return None
        tokens.append((token.lastgroup or "", token[token.lastgroup or 0]))
        end = token.end()
    parser = _Parser(tokens)
    try:
        node = parser.operation(0, depth=0)
    except _NotUnderstoodError:
        return None
    return node if parser.is_at_end else None


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._next = 0

    @property
    def is_at_end(self) -> bool:
        return self._tokens[self._next][0] == "end"

    def operation(self, level: int, *, depth: int) -> Node:
        if depth > _DEPTH_MAX:
            raise _NotUnderstoodError
        if level == len(_LEVELS):
            return self._operand(depth)
        node = self.operation(level + 1, depth=depth)
        while (sign := self._tokens[self._next][1].upper()) in _LEVELS[level]:
            self._next += 1
            node = Node("operation", sign, (node, self.operation(level + 1, depth=depth)))
        return node

    def _operand(self, depth: int) -> Node:
        kind, word = self._take()
        if kind in ("number", "text"):
            return Node(kind, word)
        if kind == "name":
            is_call = self._tokens[self._next][1] == "("
            return Node("call", word.upper(), self._list(")", depth)) if is_call else Node("name", word)
        if word in ("-", "+"):
            return Node("operation", word, (self.operation(len(_LEVELS), depth=depth + 1),))
        if word == "[":
            self._next -= 1
            return Node("list", "[", self._list("]", depth))
        if word == "(":
            node = self.operation(0, depth=depth + 1)
            self._expect(")")
            return node
        raise _NotUnderstoodError

    def _list(self, end: str, depth: int) -> tuple[Node, ...]:
        self._next += 1
        parts: list[Node] = []
        while self._tokens[self._next][1] != end:
            if parts:
                self._expect(",")
            parts.append(self.operation(0, depth=depth + 1))
        self._next += 1
        return tuple(parts)

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next]
        if token[0] == "end":
            raise _NotUnderstoodError
        self._next += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._take()[1] != sign:
            raise _NotUnderstoodError


class Ratio(msgspec.Struct, frozen=True):
    """A division by metrics. ``divisor`` are their ids; ``minimum`` the least of them that the expression asks for
    (``IF(requests >= 20, …)``), 0 where it asks for nothing.
    """

    divisor: frozenset[str]
    minimum: float


def ratios(expression: str, others: Mapping[str, str] | None = None) -> tuple[Ratio, ...]:
    """The divisions by metrics in an expression, and in those of ``others`` (by id) that it uses."""
    start = parse(expression)
    if start is None:
        return ()
    trees = {key: tree for key, text in (others or {}).items() if (tree := parse(text))}
    used = [start, *(trees[name] for name in sorted(_closure(start.names(), trees)) if name in trees)]
    minimums = _minimums(used, trees)
    return tuple(
        Ratio(divisor, max(minimums.get(name, 0.0) for name in divisor))
        for divisor in _divisors(used, trees)
        if divisor
    )


Trees = Mapping[str, Node]


def _closure(names: frozenset[str], trees: Trees) -> frozenset[str]:
    """The ids, and those that the expressions behind them use."""
    found, left = set(names), list(names)
    while left:
        tree = trees.get(left.pop())
        new = tree.names() - found if tree else frozenset()
        found |= new
        left.extend(new)
    return frozenset(found)


def _divisors(used: list[Node], trees: Trees) -> Iterator[frozenset[str]]:
    for tree in used:
        for part in tree.walk():
            if part.kind == "operation" and part.word == "/" and not _has_floor(part.parts[1]):
                yield _closure(part.parts[1].names(), trees)


def _minimums(used: list[Node], trees: Trees) -> dict[str, float]:
    """The metrics that are compared with a number, such as ``requests >= 20``, and the largest number."""
    found: dict[str, float] = {}
    for part in (part for tree in used for part in tree.walk()):
        if part.kind == "operation" and part.word in _COMPARISONS:
            left, right = part.parts
            number, other = (left, right) if left.kind == "number" else (right, left)
            if number.kind == "number":
                for name in _counted(other, trees):
                    found[name] = max(found.get(name, 0.0), float(number.word))
    return found


def _counted(node: Node, trees: Trees) -> frozenset[str]:
    """The metrics in what is compared, unless that is a ratio itself."""
    names = _closure(node.names(), trees)
    within = [node, *(trees[name] for name in names if name in trees)]
    is_ratio = any(part.word == "/" for tree in within for part in tree.walk())
    return frozenset() if is_ratio else names


def _has_floor(divisor: Node) -> bool:
    """Whether it is ``MAX([requests, 20])``, which is never small."""
    return any(
        part.kind == "call" and part.word == "MAX" and any(inner.kind == "number" for inner in part.walk())
        for part in divisor.walk()
    )
