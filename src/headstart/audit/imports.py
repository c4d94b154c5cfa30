"""The import statements of a program, and which of its modules are loaded before a handler can run."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from headstart.audit.code.program import Module, Program
from headstart.audit.subject import AuditedFunction

_MISSING: Final = frozenset({"ImportError", "ModuleNotFoundError"})
_BROAD: Final = frozenset({"Exception", "BaseException"})
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BRANCHES: Final = (ast.If, ast.Match, ast.For, ast.While)


class Imported(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One name of an import statement. ``target`` is the module imported, absolute; ``names`` what is taken from it
    (of ``from x import a, b``).

    ``is_conditional``: under an if, a match or a loop, but for an if that fills a global the first time.
    ``is_guarded``: an except for a missing module is around it, ``is_swallowed``: an except for everything is.
    """

    target: str
    names: tuple[str, ...]
    node: ast.Import | ast.ImportFrom
    module: Module
    in_function: bool
    is_conditional: bool
    is_guarded: bool
    is_swallowed: bool

    @property
    def top_level(self) -> str:
        """The first part of the target."""
        return self.target.partition(".")[0]


def imports_of(module: Module) -> Iterator[Imported]:
    """All imports of a module, at any level."""
    statements: list[ast.Import | ast.ImportFrom] = [*module.nodes.of(ast.Import), *module.nodes.of(ast.ImportFrom)]
    for statement in statements:
        around = list(module.nodes.around(statement))
        caught = caught_around(module, statement)
        for target, names in _targets(module, statement):
            yield Imported(
                target=target,
                names=names,
                node=statement,
                module=module,
                in_function=any(isinstance(node, _FUNCTIONS) for node in around),
                is_conditional=any(isinstance(node, _BRANCHES) and not _fills(node, around) for node in around),
                is_guarded=bool(caught & _MISSING),
                is_swallowed=bool(caught & _BROAD),
            )


def _fills(branch: ast.AST, around: Sequence[ast.AST]) -> bool:
    """``if _pool is None:`` or ``if not _pool:``, where ``_pool`` is a global of the function around."""
    if not isinstance(branch, ast.If):
        return False
    test = branch.test.operand if isinstance(branch.test, ast.UnaryOp) else branch.test
    name = test.left if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) else test
    inside = (node for function in around if isinstance(function, _FUNCTIONS) for node in ast.walk(function))
    declared = {each for node in inside if isinstance(node, ast.Global) for each in node.names}
    return isinstance(name, ast.Name) and name.id in declared


def loaded_by(program: Program, start: Module) -> list[Module]:
    """The program's modules that are loaded with ``start``, it first: what they import at any level."""
    found, waiting = {start.name: start}, [start]
    while waiting:
        for imported in imports_of(waiting.pop()):
            for name in _loads(imported):
                module = program.modules.get(name)
                if module and name not in found:
                    found[name] = module
                    waiting.append(module)
    return list(found.values())


def loaded_for(function: AuditedFunction) -> list[Module]:
    """The program's modules that Lambda loads for a function, the handler's first; none when that is not known."""
    program, handler = function.program, function.handler
    if program is None:
        return []
    named = function.declared.handler if function.declared else None
    start = program.modules.get((named or "").replace("/", ".").rpartition(".")[0]) or (handler and handler.module)
    return loaded_by(program, start) if start else []


def _loads(imported: Imported) -> Iterator[str]:
    """The modules that an import may load: each package on the way, and what is taken from it."""
    parts = imported.target.split(".")
    yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    yield from (f"{imported.target}.{name}" for name in imported.names)


def _targets(module: Module, statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(statement, ast.Import):
        yield from ((alias.name, ()) for alias in statement.names)
        return
    package = module.name.split(".")
    if not module.file.endswith("__init__.py"):
        package.pop()
    above = package[: len(package) - statement.level + 1] if statement.level else []
    target = ".".join([*above, *([statement.module] if statement.module else [])])
    if target:
        yield target, tuple(alias.name for alias in statement.names)


def caught_around(module: Module, statement: ast.AST) -> frozenset[str]:
    """The names of exceptions that are caught around a statement or expression, within the same function."""
    caught: set[str] = set()
    inner = statement
    for node in module.nodes.around(statement):
        if isinstance(node, _FUNCTIONS):
            break
        if isinstance(node, ast.Try) and inner in node.body:
            for handler in node.handlers:
                caught |= _names(handler.type) if handler.type else _BROAD
        elif isinstance(node, ast.With):
            caught |= {name for item in node.items for name in _suppressed(item.context_expr)}
        elif isinstance(node, ast.ExceptHandler):
            caught |= _MISSING
        inner = node
    return frozenset(caught)


def _names(expression: ast.expr) -> set[str]:
    parts = expression.elts if isinstance(expression, ast.Tuple) else [expression]
    return {ast.unparse(part).rpartition(".")[2] for part in parts}


def _suppressed(expression: ast.expr) -> set[str]:
    if isinstance(expression, ast.Call) and ast.unparse(expression.func).endswith("suppress"):
        return {name for argument in expression.args for name in _names(argument)}
    return set()
