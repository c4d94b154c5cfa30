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
import re
import symtable
from collections.abc import Iterator

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
_BINDS_UNSEEN = re.compile(
    r"import \*|\bexec\b|\bglobals\(|\bbuiltins\b|__builtins__|sys\.modules|\bNameError\b|\blocals\("
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each name that is not defined, where a module reads it first."""
    for module in subject.modules(""):
        if not _BINDS_UNSEEN.search(module.source):
            names = _undefined(module)
            if names:
                yield from _places(module, names)


def _undefined(module: Module) -> set[str]:
    top = symtable.symtable(module.source, module.file, "exec")
    read: set[str] = set()
    bound: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_global() or table is top:
                if symbol.is_referenced():
                    read.add(symbol.get_name())
                if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                    bound.add(symbol.get_name())
    return read - bound - _DEFINED


def _places(module: Module, names: set[str]) -> Iterator[Finding]:
    for name in module.nodes.of(ast.Name):
        if name.id in names and not _is_elsewhere(name, module):
            names.discard(name.id)
            yield RULE.finding(
                f"{name.id} is not defined in this module: NameError",
                "import it, and ship its module with the function",
                place=module.at(name),
                subject=name_around(name, module),
            )


def _is_elsewhere(name: ast.Name, module: Module) -> bool:
    """Whether it is read where this Python does not come: an annotation, or a branch for Python 2 or type checkers."""
    inner: ast.AST = name
    for outer in module.nodes.around(name):
        annotations = (getattr(outer, "annotation", None), getattr(outer, "returns", None))
        if inner in annotations and "from __future__ import annotations" in module.source:
            return True
        if name.id in _PYTHON_2 and isinstance(outer, ast.If | ast.IfExp):
            return True
        inner = outer
    return False
