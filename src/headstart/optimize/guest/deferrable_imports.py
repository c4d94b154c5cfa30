"""Finds the import statements that may be put off, by the syntax of the Python that is to run them."""

from __future__ import annotations

import ast
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    Unit = dict[str, Any]
    Facts = dict[str, Any]

_OWN_NAMES = frozenset({"locals", "globals", "vars", "dir", "exec", "eval"})
_OWN_LAZINESS = frozenset({"__getattr__", "__dir__"})
_STAR = re.compile(rb"import\s*\*")
_GIVEN_GLOBALS = frozenset({"exec", "eval", "__import__"})
_BY_NAME = frozenset({"get", "pop", "setdefault", "update", "__getitem__", "__setitem__"})


def read(path: str, source: bytes, *, has_module: Callable[[str], bool]) -> Facts:
    """What a module imports at its top level.

    ``units`` are the imports that may be put off, and ``stars`` the modules of which it takes all names. ``has_module``
    tells whether there is a module of a full name.
    """
    package = package_of(path)
    facts: Facts = {"path": path, "module": _module_name(path), "units": [], "stars": []}
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return facts
    if _STAR.search(source):  # what a tree is searched for is looked for in the text first: that is far quicker
        stars = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and is_star(node)]
        facts["stars"] = [absolute(star, package) for star in stars]
    if not (_is_lazy(tree, source) or _looks_at_own_names(tree) or _keeps_globals(tree, source)):
        units = [unit for statement in tree.body for unit in _units(statement, package)]
        units = [{"path": path, **unit, "is_module": _is_module(unit, has_module)} for unit in units]
        mentioned = _mentioned(tree)
        facts["units"] = [unit for unit in units if _is_for_a_name(unit, mentioned)]
    return facts


def deferrable(modules: Sequence[Facts]) -> list[Unit]:
    """The imports that may be put off, in order."""
    units = [unit for facts in modules for unit in facts["units"]]
    return sorted(units, key=lambda unit: (unit["path"], unit["line"], unit["column"]))


def target(unit: Unit) -> str:
    """The full name of the module that an import is to load in the end."""
    return f"{unit['module']}.{unit['attribute']}" if unit["is_module"] else str(unit["module"])


def submodules(modules: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names of modules by their packages, of all packages that they are in."""
    found: dict[str, set[str]] = {}
    for module in modules:
        parts = module.split(".")
        for depth in range(1, len(parts)):
            found.setdefault(".".join(parts[:depth]), set()).add(parts[depth])
    return {package: tuple(sorted(names)) for package, names in sorted(found.items())}


def passed_on_by_stars(pending: set[str], modules: Sequence[Facts]) -> set[str]:
    """The full names of ``pending`` modules, and of those that take all names of one, or of one that does."""
    while True:
        found = {facts["module"] for facts in modules if not pending.isdisjoint(facts["stars"])} - pending
        if not found:
            return pending
        pending = pending | found


def is_star(node: ast.AST) -> bool:
    """Whether it takes all names of a module."""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The full name of the module that a statement in ``package`` imports from."""
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def is_package(path: str) -> bool:
    """Whether a module is a package's own."""
    return path.endswith("/__init__.py")


def package_of(path: str) -> str:
    """The full name of the package that relative imports in a module start from."""
    name = _module_name(path)
    return name if is_package(path) else name.rpartition(".")[0]


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _units(statement: ast.stmt, package: str) -> Iterator[Unit]:
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or is_star(statement) or _is_lazy_already(statement):
        return
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            module, attribute = alias.name, ""
            binds = alias.asname or alias.name.partition(".")[0]
        else:
            module, attribute = absolute(statement, package), alias.name
            binds = alias.asname or alias.name
        if module == "__future__" or _is_special(binds) or _is_special(alias.name):
            continue
        yield {
            "line": alias.lineno,
            "column": alias.col_offset,
            "text": ast.unparse(alone(statement, alias)),
            "module": module,
            "attribute": attribute,
            "binds": binds,
        }


def _is_lazy_already(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether its module has it put off by itself, as Python 3.15 lets it."""
    return bool(getattr(statement, "is_lazy", False))


def alone(statement: ast.Import | ast.ImportFrom, *aliases: ast.alias) -> ast.Import | ast.ImportFrom:
    """The same statement for fewer names."""
    if isinstance(statement, ast.Import):
        made: ast.Import | ast.ImportFrom = ast.Import(names=list(aliases))
    else:
        made = ast.ImportFrom(module=statement.module, names=list(aliases), level=statement.level)
    return ast.copy_location(made, statement)


def _is_for_a_name(unit: Unit, mentioned: set[str]) -> bool:
    """Whether it may be for a name that it binds: a submodule, or a module of the package's own, that is not mentioned
    where it is imported is there for what its load does."""
    if unit["text"] == f"import {unit['module']}" and "." in unit["module"]:
        return unit["module"] in mentioned
    is_own = unit["is_module"] and unit["binds"].startswith("_")
    return not is_own or unit["binds"] in mentioned


def _mentioned(tree: ast.Module) -> set[str]:
    """The names that are used, what is reached from them by dots, and all texts, for names may be in one."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        name = _dotted(node)
        while name and name not in found:
            found.add(name)
            name = name.rpartition(".")[0]
    return found


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        above = _dotted(node.value)
        return above and f"{above}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_module(unit: Unit, has_module: Callable[[str], bool]) -> bool:
    return bool(unit["attribute"]) and has_module(f"{unit['module']}.{unit['attribute']}")


def _is_lazy(tree: ast.Module, source: bytes) -> bool:
    """Whether it decides itself what its attributes are."""
    is_possible = any(name.encode() in source for name in _OWN_LAZINESS)
    return is_possible and not _OWN_LAZINESS.isdisjoint(_bound_names(tree))


def _looks_at_own_names(tree: ast.Module) -> bool:
    """Whether it may go through its dictionary while it is imported."""
    return any(_called(node) in _OWN_NAMES for node in _at_top_level(tree, ()))


def _keeps_globals(tree: ast.Module, source: bytes) -> bool:
    """Whether it does more with ``globals()``, wherever that is, than to ask for a name, to run code or to import."""
    if b"globals" not in source:
        return False
    by_name = set()
    calls = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in _BY_NAME):
            by_name.add(id(node.value))
        elif isinstance(node, ast.Call):
            calls.append(node)
            if _called(node) in _GIVEN_GLOBALS:
                by_name.update(map(id, node.args))
    return any(_called(call) == "globals" and id(call) not in by_name for call in calls)


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _bound_names(tree: ast.Module) -> Iterator[str]:
    for node in _at_top_level(tree, (ast.ClassDef,)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


def _at_top_level(node: ast.AST, closed: tuple[type[ast.AST], ...]) -> Iterator[ast.AST]:
    """All that runs when the module is imported, without what is inside of ``closed``."""
    for child in ast.iter_child_nodes(node):
        yield child
        if isinstance(child, ast.Lambda):
            yield from _at_top_level(child.args, closed)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in (child.args, *child.decorator_list):
                yield part
                yield from _at_top_level(part, closed)
        elif not isinstance(child, closed):
            yield from _at_top_level(child, closed)
