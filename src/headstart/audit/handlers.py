"""Which functions of a program Lambda would call: the one that a setting names, or those that look like one."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from headstart.audit.code.program import Function, Program
from headstart.model.own_code import is_own_folder

_NAMES = ("lambda_handler", "handler")
_LIKE_ONE = re.compile(rb"^def (?:lambda_)?handler\(", re.MULTILINE)


def named(program: Program, handler: str) -> Function | None:
    """The function that the setting ``handler`` (``app.lambda_handler``, ``folder/app.handler``) is about."""
    return program.function(handler.replace("/", "."))


def setting_for(handler: Function) -> str:
    """The setting that names it."""
    return f"{handler.module.name}.{handler.name}"


def likely(program: Program) -> Iterator[Function]:
    """One for each module that has a ``lambda_handler`` or ``handler`` which takes an event and a context."""
    for module in program.modules.values():
        found = (module.functions.get(name) for name in _NAMES)
        handler = next((function for function in found if function is not None and _takes_two(function)), None)
        if handler is not None:
            yield handler


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
    arguments = function.node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    return not isinstance(function.node, ast.Lambda) and required <= 2 and (positional >= 2 or bool(arguments.vararg))
