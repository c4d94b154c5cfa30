"""JSON with the place of every key and item, read by one regular expression: a large CDK template in a blink."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from headstart.errors import TemplateError
from headstart.infra.template.node import DEPTH_MAX, Node, Scalar, error_at, well_formed
from headstart.model.infrastructure import Place

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
    (?P<text>"[^"\\\x00-\x1f]*")
  | (?P<escaped>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
  | (?P<mark>[{}\[\]:,])
  | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.])
  | (?P<word>true|false|null)(?!\w)
    )""",
    re.VERBOSE,
)
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_DIGITS_MAX = 300

_Token = tuple[str, str, int]


def parse_json(text: str, *, file: str) -> Node:
    """The document's tree.

    Raises:
        TemplateError: not JSON, a key twice, or nested more than ``DEPTH_MAX`` deep.
    """
    return _Parser(text, file).document()


class _Parser:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._tokens = self._tokenize()
        self._at = 0

    def document(self) -> Node:
        node = self._value(self._next(), depth=0)
        if rest := self._text[self._at :].strip():
            raise self._error(
                self._text.index(rest[0], self._at),
                f"{rest[0]!r} after the end of the JSON value",
                hint="remove what follows the last }",
            )
        return node

    def _tokenize(self) -> Iterator[_Token]:
        while found := _TOKEN.match(self._text, self._at):
            kind = found.lastgroup or ""
            self._at = found.end()
            yield kind, found[kind], found.start(kind)
        yield "end", "", self._at

    def _next(self) -> _Token:
        return next(self._tokens, ("end", "", self._at))

    def _value(self, token: _Token, *, depth: int) -> Node:
        kind, word, start = token
        line, column = self._position(start)
        if kind == "text":
            return Node(word[1:-1], line, column)
        if word == "{":
            return Node(self._members(start, depth=depth + 1), line, column)
        if word == "[":
            return Node(self._items(start, depth=depth + 1), line, column)
        return Node(self._scalar(token), line, column)

    def _scalar(self, token: _Token) -> Scalar:
        kind, word, start = token
        if kind == "escaped":
            return well_formed(json.loads(word))
        if kind == "word":
            return _WORDS[word]
        if kind == "number":
            if len(word) > _DIGITS_MAX:
                raise self._error(
                    start,
                    f"a number of {len(word)} characters; allowed: {_DIGITS_MAX}",
                    hint="write it in quotes if it is no number",
                )
            return float(word) if set(word) & set(".eE") else int(word)
        raise self._unexpected(start, "a value")

    def _members(self, start: int, *, depth: int) -> "dict[str, Node]":
        self._limit(start, depth)
        members: dict[str, Node] = {}
        kind, word, at = self._next()
        while word != "}" or kind != "mark":
            if kind not in ("text", "escaped"):
                raise self._unexpected(at, 'a key in double quotes or "}"')
            key = word[1:-1] if kind == "text" else well_formed(json.loads(word))
            line, column = self._position(at)
            if key in members:
                raise self._error(
                    at,
                    f"{key} is here twice, first on line {members[key].line}",
                    hint="keep one of them, or rename one",
                )
            self._expect(":", "after a key")
            node = self._value(self._next(), depth=depth)
            node.line, node.column = line, column
            members[key] = node
            kind, word, at = self._separator("}")
        return members

    def _items(self, start: int, *, depth: int) -> list[Node]:
        self._limit(start, depth)
        items: list[Node] = []
        kind, word, at = self._next()
        while word != "]" or kind != "mark":
            items.append(self._value((kind, word, at), depth=depth))
            kind, word, at = self._separator("]")
        return items

    def _separator(self, closing: str) -> _Token:
        """What follows an entry: the closing mark, or what comes after a comma (which must not be the closing mark)."""
        kind, word, at = self._next()
        if kind == "mark" and word == closing:
            return kind, word, at
        if kind != "mark" or word != ",":
            raise self._unexpected(at, f'"," or "{closing}"')
        kind, word, at = self._next()
        if kind == "mark" and word == closing:
            raise self._error(at, f'a comma before "{closing}"', hint="remove the comma")
        return kind, word, at

    def _expect(self, mark: str, where: str) -> None:
        kind, word, at = self._next()
        if kind != "mark" or word != mark:
            raise self._unexpected(at, f'"{mark}" {where}')

    def _limit(self, start: int, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise self._error(start, f"nested more than {DEPTH_MAX} deep", hint="is this a template? give its file")

    def _position(self, start: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, start)
        return line, start - self._line_starts[line - 1] + 1

    def _unexpected(self, start: int, expected: str) -> TemplateError:
        rest = self._text[start:].lstrip()
        at = len(self._text) - len(rest)
        if not rest:
            return self._error(at, f"not JSON: ends where {expected} is needed", hint="close every { [ and quote")
        found = rest.split("\n", 1)[0][:20]
        return self._error(at, f"not JSON: {found!r} where {expected} is needed", hint="look at the comma before it")

    def _error(self, start: int, message: str, *, hint: str = "") -> TemplateError:
        return error_at(Place(self._file, *self._position(start)), message, hint=hint)
