"""A slow import that the invocations do not need.

A module that takes long to load is imported at module level, and either nothing in the file uses it, or only code that
an invocation may do without: under a condition, or in a function that is not always called. With a ``check`` result
the imports are those of which no event used anything. Silent with provisioned concurrency and SnapStart, which load
before the first request comes.

*Why it costs.* Every cold start loads it, and is billed for that. Unused, that is for nothing; rarely used, for the
sake of a few.

*Use instead.* Import it in the function that uses it. What every request needs is best left at module level: init has
a full vCPU at any memory size, the handler has memory / 1769 of one. ``headstart bundle --defer`` does it in the
package, for the imports of dependencies too.

*Evidence.* In 22 real packages a median of 29 % of import time is for modules that no recorded event used; loading them
lazily takes 22 % off init and first invocation. bench/rules/hs501.py shows one such import.

Source: https://docs.aws.amazon.com/lambda/latest/operatorguide/static-initialization.html (2026-11-23)
"""

import ast
from collections.abc import Iterator, Sequence

import msgspec

from headstart.audit.code import late_imports
from headstart.audit.code.program import Function, Module
from headstart.audit.concurrency import is_warmed
from headstart.audit.imports import Imported, imports_of, loaded_for
from headstart.audit.measured import UNUSED_IMPORT, advice_on, with_savings
from headstart.audit.necessity import is_sure, sure_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, MoveImport, Severity
from headstart.model.infrastructure import Place

RULE = Rule(
    id="HS501",
    name="unused-heavy-import",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
# 50 ms and more with bytecode on a full vCPU of the machine that the facts were measured on (2026-11).
_HEAVY = frozenset(
    {
        "PIL",
        "aiohttp",
        "altair",
        "boto3",
        "bokeh",
        "cv2",
        "dask",
        "fastapi",
        "gensim",
        "geopandas",
        "keras",
        "langchain",
    }
    | {"lightgbm", "matplotlib", "networkx", "nltk", "numba", "openai", "openpyxl", "pandas", "plotly", "polars"}
    | {"pyarrow", "redis", "requests", "scipy", "seaborn", "skimage", "sklearn", "spacy", "sqlalchemy", "statsmodels"}
    | {"sympy", "tensorflow", "torch", "transformers", "xgboost"}
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each import; measured ones with what they cost."""
    for function in subject.functions:
        if not _is_warmed(function):
            yield from _measured(function) if function.measured else _read(function)


def _is_warmed(function: AuditedFunction) -> bool:
    declared, infrastructure = function.declared, function.infrastructure
    return declared is not None and infrastructure is not None and is_warmed(infrastructure, declared)


def _measured(function: AuditedFunction) -> Iterator[Finding]:
    for item in advice_on(function, UNUSED_IMPORT):
        path, _, line = item.place.rpartition(":")
        root = function.program.root if function.program else None
        place = Place(str(root / path) if root else path, int(line), 1)
        finding = RULE.finding(item.evidence, item.action, place=place, subject=function.name)
        yield with_savings(_with_edits(finding, function), item)


def _with_edits(finding: Finding, function: AuditedFunction) -> Finding:
    """With those by which the one import that stands there moves to where it is used."""
    modules, place = loaded_for(function), finding.place
    there = [each for module in modules if module.file == place.file for each in imports_of(module)]
    found = [each for each in there if each.node.lineno == place.line]
    if len(found) != 1 or not _is_at_start(found[0]) or _is_asked_for(found[0], modules):
        return finding
    edits = tuple(edit for edit in _moves(found[0]) if edit.before)
    return msgspec.structs.replace(finding, edits=edits, is_safe=found[0].top_level in _HEAVY)


def _read(function: AuditedFunction) -> Iterator[Finding]:
    if function.handler is None or function.program is None:
        return
    loaded = loaded_for(function)
    sure = sure_functions(function.handler)
    for module in loaded:
        for imported in imports_of(module):
            if _is_at_start(imported) and imported.top_level in _HEAVY and not _is_asked_for(imported, loaded):
                yield from _of_import(imported, sure=sure)


def _is_at_start(imported: Imported) -> bool:
    return not (imported.in_function or imported.is_conditional or imported.is_guarded or imported.is_swallowed)


def _is_asked_for(imported: Imported, modules: Sequence[Module]) -> bool:
    """Whether what it binds is for others too: imported from here, read by its text, or of a package's own module."""
    module, names = imported.module, {*_local_names(imported)}
    if module.file.endswith("__init__.py") or _is_exported(module, names):
        return True
    taken = {f"{each.target}.{name}" for other in modules for each in imports_of(other) for name in each.names}
    if any(f"{module.name}.{name}" in taken for name in names):
        return True
    if any(_relies_on(other, imported) for other in modules):
        return True
    others = (node for other in modules if other is not module for node in other.nodes.of(ast.Attribute))
    own = module.name.rpartition(".")[2]
    return any(node.attr in names and ast.unparse(node.value).rpartition(".")[2] == own for node in others)


def _relies_on(module: Module, imported: Imported) -> bool:
    """Whether a module has ``a.b`` in it, for which nobody but ``imported`` imports ``a.b``."""
    target = imported.target
    is_there = "." in target and module is not imported.module and module.mentions(f"{target}.")
    return is_there and not any(f"{each.target}.".startswith(f"{target}.") for each in imports_of(module))


def _of_import(imported: Imported, *, sure: frozenset[Function]) -> Iterator[Finding]:
    module, names = imported.module, {*_local_names(imported)}
    uses = [name for name in module.nodes.of(ast.Name) if name.id in names]
    if any(is_sure(use, module, sure=sure) for use in uses):
        return
    if uses:
        line = min(use.lineno for use in uses)
        why = f"and only code that not every invocation runs uses it (line {line})"
    else:
        why = "and nothing here uses it"
    finding = RULE.finding(
        f"every cold start loads {imported.target}, {why}",
        "import it in the function that uses it" if uses else "remove the import",
        place=module.at(imported.node),
        subject=module.name,
        edits=_moves(imported),
        is_safe=bool(uses),
    )
    yield msgspec.structs.replace(finding, severity=Severity.INFO) if uses else finding


def _moves(imported: Imported) -> tuple[MoveImport, ...]:
    """None of what is unused with a comment beside it, which may say what for it is there."""
    module, statement = imported.module, imported.node
    edits = late_imports.moves(module, statement, names=[*_local_names(imported)])
    lines = module.source.splitlines()[statement.lineno - 1 : statement.end_lineno]
    has_comment = any("#" in line for line in lines)
    return edits if all(edit.before or not has_comment for edit in edits) else ()


def _local_names(imported: Imported) -> Iterator[str]:
    for alias in imported.node.names:
        if isinstance(imported.node, ast.Import):
            if alias.name == imported.target:
                yield alias.asname or imported.top_level
        else:
            yield alias.asname or alias.name


def _is_exported(module: Module, names: set[str]) -> bool:
    """Named in a text, as ``__all__`` does."""
    return any(constant.value in names for constant in module.nodes.of(ast.Constant) if isinstance(constant.value, str))
