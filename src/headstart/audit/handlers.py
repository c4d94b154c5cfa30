"""Which functions of a program Lambda would call: the one that a setting names, or those that look like one."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from headstart.audit.code.names import Names
from headstart.audit.code.program import Function, Module, Program
from headstart.audit.code.scopes import Kind, Scope
from headstart.model.handler_form import HANDLER_NAMES, takes_event_and_context
from headstart.model.own_code import is_own_folder

# A logging handler is assigned to that name too, but is not made with one name.
_LIKE_ONE = re.compile(
    rb"^(?:def (?:lambda_)?handler\(|(?:lambda_)?handler *= *[\w.]+\([A-Za-z_]\w*[,)])", re.MULTILINE
)


def named(program: Program, handler: str) -> Function | None:
    """The function that the setting ``handler`` (``app.lambda_handler``, ``folder/app.handler``) is about, imports,
    decorators and wrappers (``handler = wrap(_handler)``) followed; None where something foreign answers, such as
    ``Mangum(app)``.
    """
    module, _, name = handler.replace("/", ".").rpartition(".")
    if module not in program.modules:
        return None
    names = program.names
    value = names.attribute(module, name)
    found = program.functions.get(value) or program.functions.get(names.maker(value))
    return found or program.functions.get(_wrapped(program.modules[module].scope, name, names=names))


def _wrapped(scope: Scope, name: str, *, names: Names) -> str:
    """The function that a call assigned to ``name`` wraps: its first argument, calls around calls followed."""
    bindings = scope.names.get(name, ())
    node = bindings[-1].node if bindings and bindings[-1].kind is Kind.VALUE else None
    while isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return names.value(node, scope) if node is not None else ""


def likely(program: Program) -> Iterator[tuple[str, Function]]:
    """The setting, and the function that it names, for each module which defines or assigns a ``lambda_handler`` or
    ``handler`` that takes an event and a context.
    """
    for module in program.modules.values():
        for setting in [f"{module.name}.{name}" for name in HANDLER_NAMES if _is_bound_there(module, name)]:
            function = named(program, setting)
            if function is not None and _takes_two(function):
                yield setting, function
                break


def _is_bound_there(module: Module, name: str) -> bool:
    """Rather than imported from where it is found too."""
    bindings = module.scope.names.get(name)
    return bindings is not None and bindings[-1].kind in (Kind.FUNCTION, Kind.VALUE)


def roots(folder: Path) -> list[Path]:
    """The folders from which functions import, ``folder`` first: those of modules that look like they have a handler,
    or above the package that such a module is in.
    """
    found = {folder}
    for inner, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if is_own_folder(name))
        files = (Path(inner, name) for name in names if name.endswith(".py"))
        if Path(inner) != folder and any(_LIKE_ONE.search(file.read_bytes()) for file in files):
            found.add(_import_root(Path(inner), folder))
    return sorted(found)


def _import_root(inner: Path, folder: Path) -> Path:
    while inner != folder and (inner / "__init__.py").is_file():
        inner = inner.parent
    return inner


def _takes_two(function: Function) -> bool:
    node = function.node
    return not isinstance(node, ast.Lambda) and takes_event_and_context(node.args, is_method=bool(function.in_class))
