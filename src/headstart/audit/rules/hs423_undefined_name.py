"""A name that nothing defines.

Code reads a global name that its module neither binds nor imports, and Python has no built-in of that name.

*Why it costs.* NameError: at import, then the function never starts; or in the one branch that has it, at the first
event that takes this branch.

*Use instead.* Import it, and ship the module in the function's package.

*Evidence.* The course's memory handler names two classes that are in another file, which it neither imports nor ships
(D57): each invocation fails in its init phase.

Source: https://docs.python.org/3/reference/executionmodel.html#resolution-of-names (2026-11-25)
"""

import ast
import builtins
import symtable
from collections.abc import Iterator, Set

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS423",
    name="undefined-name",
    severity=Severity.ERROR,
    sees=frozenset({Sees.CODE}),
)
_OF_A_MODULE = frozenset({"__file__", "__path__", "__builtins__", "__annotations__", "__module__", "__qualname__"})
_OF_OTHER_PYTHONS = frozenset({"WindowsError", "PythonFinalizationError", "_IncompleteInputError"})
_PLANTED = frozenset({"_", "__class__", "__classdict__", "__conditional_annotations__", "reveal_type", "get_ipython"})
_DEFINED = frozenset(dir(builtins)) | _OF_A_MODULE | _OF_OTHER_PYTHONS | _PLANTED
_PYTHON_2 = frozenset({"unicode", "basestring", "long", "xrange", "raw_input", "unichr", "reduce", "file", "cmp"})
_PYTHON_2 |= {"buffer", "execfile", "reload", "intern", "apply", "coerce"}
# Code with one of these may bind names that it does not spell, or takes care of those that are missing.
_BINDS_UNSEEN = (
    *("import *", "exec(", "globals()", "locals()", "vars()", "builtins", "sys.modules", "NameError"),
    *("global_enum", "._convert"),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each name that is not defined, where a module reads it first."""
    for module in subject.modules(""):
        if not module.mentions(*_BINDS_UNSEEN):
            names = _undefined(module)
            if names:
                yield from _places(module, names)


def _undefined(module: Module) -> set[str]:
    top = symtable.symtable(module.source, module.file, "exec")
    bound = _DEFINED | module.scope.names.keys()
    if module.mentions("global "):
        bound |= {name for declared in module.nodes.of(ast.Global) for name in declared.names}
    read = {*top.get_identifiers()}
    tables = top.get_children()
    for table in tables:
        tables += table.get_children()
        read |= _globals(table, bound)
    return read - bound


def _globals(table: symtable.SymbolTable, bound: Set[str]) -> set[str]:
    """The names that a function or class takes from its module. To look up each in a table takes long, so only those
    of a class that are bound nowhere are."""
    if isinstance(table, symtable.Function):
        return {*table.get_globals()}
    own = bound | {child.get_name() for child in table.get_children()}
    return {name for name in {*table.get_identifiers()} - own if table.lookup(name).is_global()}


def _places(module: Module, names: set[str]) -> Iterator[Finding]:
    for name in module.nodes.of(ast.Name):
        if name.id in names and not _is_local(name, module) and not _is_elsewhere(name, module):
            names.discard(name.id)
            yield RULE.finding(
                f"{name.id} is not defined in this module: NameError",
                "import it, and ship its module with the function",
                place=module.at(name),
                subject=name_around(name, module),
            )


def _is_local(name: ast.Name, module: Module) -> bool:
    """Whether it is bound here, or read where a function has one of this name."""
    function = module.function_around(name)
    scope = function.scope if function is not None else None
    while scope is not None and name.id not in scope.names:
        scope = scope.around
    return scope is not None or not isinstance(name.ctx, ast.Load)


def _is_elsewhere(name: ast.Name, module: Module) -> bool:
    """Whether it is read where this Python does not come: an annotation, or a branch for other versions."""
    inner: ast.AST = name
    for outer in module.nodes.around(name):
        annotations = (getattr(outer, "annotation", None), getattr(outer, "returns", None))
        if inner in annotations and "from __future__ import annotations" in module.source:
            return True
        if isinstance(outer, ast.If | ast.IfExp) and (name.id in _PYTHON_2 or "version" in ast.unparse(outer.test)):
            return True
        inner = outer
    return False
