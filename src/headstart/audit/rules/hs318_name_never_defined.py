"""A name that nothing defines.

Code that the handler loads uses a name that is neither bound in its module nor built in.

*Why it costs.* NameError: at module level every init fails, and is run and paid for again; in a function every
invocation that comes there does.

*Use instead.* Import the name, and ship the module that has it.

*Evidence.* The course's memory function uses a class that its tools folder defines and that it never imports: the
import of the handler fails. The rule is silent where names come by star imports, globals() or exec.

Source: https://docs.python.org/3/reference/executionmodel.html#resolution-of-names (2026-11-25)
"""

import ast
import builtins
import symtable
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.imports import caught_around, loaded_for
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS318", name="name-never-defined", severity=Severity.ERROR, sees=frozenset({Sees.CODE}))
_MODULES_HAVE = frozenset(
    {"__annotations__", "__builtins__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__"}
)
_MODULES_HAVE |= {"__spec__", "__module__", "__qualname__", "__class__", "__debug__", "_"}
_CAUGHT = frozenset({"NameError", "Exception", "BaseException"})
_MAKES_NAMES = ("import *", "globals()", "exec(", "vars()", "locals()")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each name and module, at its first use."""
    seen: set[str] = set()
    for function in subject.functions:
        for module in loaded_for(function):
            if module.file not in seen:
                seen.add(module.file)
                yield from _in_module(module)


def _in_module(module: Module) -> Iterator[Finding]:
    if module.mentions(*_MAKES_NAMES):
        return
    missing = _undefined(module)
    for name in module.nodes.of(ast.Name) if missing else ():
        if name.id in missing and not caught_around(module, name) & _CAUGHT:
            missing.discard(name.id)
            yield RULE.finding(
                f"{name.id} is neither defined nor imported in {module.name}: NameError",
                f"import {name.id}, and ship the module that has it",
                place=module.at(name),
                subject=module.name,
            )


def _undefined(module: Module) -> set[str]:
    """The names that are looked up in the module and are not there."""
    tables = [symtable.symtable(module.source, module.file, "exec")]
    for table in tables:
        tables += table.get_children()
    top = tables[0]
    symbols = [(table, symbol) for table in tables for symbol in table.get_symbols()]
    defined = {
        symbol.get_name()
        for table, symbol in symbols
        if (table is top or symbol.is_declared_global()) and (symbol.is_assigned() or symbol.is_imported())
    }
    used = {
        symbol.get_name()
        for table, symbol in symbols
        if symbol.is_referenced() and (table is top or symbol.is_global())
    }
    return used - defined - set(dir(builtins)) - _MODULES_HAVE
