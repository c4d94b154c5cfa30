"""Python source as LibCST reads it, in which the code that an edit means is looked up by its place."""

import ast
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import libcst as cst
import msgspec
from libcst import matchers
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from headstart.errors import EditError
from headstart.model.finding import CodeEdit

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
Code = cst.BaseExpression | Statement


class Source(msgspec.Struct, frozen=True, eq=False):
    """``nodes``: by line and column (from 1) where they begin, the innermost last. ``remembered`` is for whoever looks
    the same up again."""

    module: cst.Module
    places: Mapping[cst.CSTNode, CodeRange]
    nodes: Mapping[tuple[int, int], list[Code]]
    remembered: dict[Any, Any] = {}

    def found(self, edit: CodeEdit) -> Code:
        """The expression or statement that the edit is about.

        Raises:
            EditError: it is not there (any more).
        """
        if edit not in self.remembered:
            self.remembered[edit] = self._found(edit)
        node: Code = self.remembered[edit]
        return node

    def _found(self, edit: CodeEdit) -> Code:
        for node in reversed(self.nodes.get((edit.line, edit.column), ())):
            code = self.module.code_for_node(node)
            is_expression = isinstance(node, cst.BaseExpression)
            read = ast.parse(f"({code}\n)", mode="eval") if is_expression else ast.parse(code)
            if ast.unparse(read) == edit.old:
                return node
        raise EditError(f"{place(edit)}: the code to be replaced is not there, so {edit.file} has changed")

    def statement_at(self, line: int, column: int, *, edit: CodeEdit) -> Statement:
        """The statement that begins there.

        Raises:
            EditError: none does, or it shares its line with others.
        """
        for node in self.nodes.get((line, column), ()):
            if isinstance(node, Statement):
                return node
        raise EditError(f"{place(edit)}: nothing can be put before line {line} of {edit.file}; edit it by hand")


@lru_cache(maxsize=16)
def read(code: str, file: str) -> Source:
    """The source of ``file``.

    Raises:
        EditError: it is not Python, or LibCST would not write it as it is.
    """
    try:
        module = cst.parse_module(code)
    except cst.ParserSyntaxError as error:
        raise EditError(f"{file} is not Python: {error.message}") from error
    if module.code != code:
        raise EditError(f"{file} has line ends or form feeds that LibCST does not keep; edit it by hand")
    places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    nodes = defaultdict(list)
    for node, where in places.items():
        if isinstance(node, Code):
            nodes[where.start.line, where.start.column + 1].append(node)
    return Source(module, places, nodes)


def reads_back(module: cst.Module) -> bool:
    """Whether what is written means what it says: a precedence or an indent may make it something else."""
    try:
        return cst.parse_module(module.code, module.config_for_parsing).deep_equals(module)
    except cst.ParserSyntaxError:
        return False


def comments(node: cst.CSTNode) -> Counter[str]:
    """The comments in a node, each with how often it is there."""
    return Counter(each.value for each in matchers.findall(node, matchers.Comment()) if isinstance(each, cst.Comment))


def place(edit: CodeEdit) -> str:
    """Where an edit is, in words."""
    return f"{edit.file}:{edit.line}"
