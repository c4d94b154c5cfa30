"""Where the nodes of a Python file's syntax tree stand: in characters, where the tree counts bytes."""

import ast
from functools import cached_property

from headstart.model.infrastructure import Place


class PythonPlaces:
    """The places of one ``file``, whose text is ``source``."""

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self._source = source

    def at(self, node: ast.AST) -> Place:
        """Where a node begins; the whole file for a node without a place."""
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", -1)
        if column > 0 and not self._source.isascii():
            column = len(self._lines[line - 1][:column].decode(errors="replace"))
        return Place(self.file, line, column + 1)

    @cached_property
    def _lines(self) -> list[bytes]:
        """Bytes, since texts have more line ends than Python has."""
        return self._source.encode().splitlines()
