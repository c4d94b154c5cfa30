"""A function's own modules as syntax trees, and what a name in one of them stands for: read, never run."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from headstart.infra import code_files
from headstart.model.own_code import own_modules

_LINKS_MAX: Final = 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(msgspec.Struct, frozen=True, eq=False):
    """One file; ``imports`` has for a name the full one of what it was imported as."""

    file: str
    name: str
    nodes: tuple[ast.AST, ...]
    definitions: Mapping[str, ast.AST]
    imports: Mapping[str, str]

    def place(self, node: ast.AST) -> str:
        """``app.py:31``."""
        return f"{self.file}:{getattr(node, 'lineno', 1)}"


class Definition(msgspec.Struct, frozen=True, eq=False):
    """A class, a function, or the value of an assignment, and the module and name that it has there."""

    module: Module
    name: str
    node: ast.AST

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.module.name, self.name


class Program(msgspec.Struct, frozen=True, eq=False):
    """The modules by their names."""

    modules: Mapping[str, Module]

    def nodes(self) -> Iterator[tuple[Module, ast.AST]]:
        """Every node of every module, in the order of files."""
        for module in self.modules.values():
            yield from ((module, node) for node in module.nodes)

    def find(self, module: Module, expression: ast.AST) -> Definition | None:
        """What a name, or an attribute of a module, is defined as in this program; None for what is elsewhere."""
        if isinstance(expression, ast.Name) and expression.id in module.definitions:
            return Definition(module, expression.id, module.definitions[expression.id])
        return self._defined(self.full_name(module, expression), _LINKS_MAX)

    def full_name(self, module: Module, expression: ast.AST) -> str:
        """``fastapi.APIRouter`` for what ``APIRouter`` or ``fastapi.APIRouter`` stands for; empty for other things."""
        if isinstance(expression, ast.Attribute):
            owner = self.full_name(module, expression.value)
            return f"{owner}.{expression.attr}" if owner else ""
        return module.imports.get(expression.id, expression.id) if isinstance(expression, ast.Name) else ""

    def _defined(self, full_name: str, links: int) -> Definition | None:
        """What another module defines, or imported itself."""
        owner, _, name = full_name.rpartition(".")
        module = self.modules.get(owner)
        if module is None or not links:
            return None
        if name in module.definitions:
            return Definition(module, name, module.definitions[name])
        return self._defined(module.imports.get(name, ""), links - 1)


def read(code: Path, handler: str) -> Program:
    """The program in a folder or zip: the module ``handler``, what it imports, and what these import; all modules
    where there is no such one. Files that are not Python are passed over.

    Raises:
        PackageError: the zip cannot be read.
    """
    files = code_files.read(code)
    own = {_name(file): file for file in own_modules(files.names, read=files.read)}
    waiting, found = [handler] if handler in own else list(own), dict[str, Module | None]()
    while waiting:
        name = waiting.pop()
        if name in own and name not in found:
            module = found[name] = _module(own[name], name, source=files.read(own[name]))
            steps = [full_name.split(".") for full_name in (*(module.imports.values() if module else ()), name)]
            waiting += [".".join(each[:length]) for each in steps for length in range(1, len(each) + 1)]
    return Program({name: module for name in own if (module := found.get(name)) is not None})


def parsed(file: str, source: bytes) -> ast.Module | None:
    """The tree of a file; None where it is not Python."""
    try:
        return ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _name(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _module(file: str, name: str, *, source: bytes) -> Module | None:
    tree = parsed(file, source)
    if tree is None:
        return None
    nodes = tuple(ast.walk(tree))
    package = name if file.endswith("__init__.py") else name.rpartition(".")[0]
    return Module(file, name, nodes, definitions_of(nodes), dict(_imports(nodes, package)))


def definitions_of(nodes: Iterable[ast.AST]) -> dict[str, ast.AST]:
    """What names are defined as anywhere; what is outermost wins, and of several there the first."""
    found: dict[str, ast.AST] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(node.name, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, node.value)
    return found


def _imports(nodes: Iterable[ast.AST], package: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (head, head)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            owner = ".".join(filter(None, [*above, node.module]))
            prefix = f"{owner}." if owner else ""
            yield from ((alias.asname or alias.name, prefix + alias.name) for alias in node.names)
