"""An import that neither the package nor the runtime has.

Code that the handler loads imports a module that is in none of: the package, its layers, the standard library of the
function's Python, the runtime with AWS's SDK.

*Why it costs.* An import at module level fails in init: no invocation ever succeeds, and each failed init is run again
and paid for. Under an except for everything it fails without a sound, and what it was for never happens.

*Use instead.* Install the package into the folder (``uv pip install --target``), add a layer, or let ``sam build`` or
CDK's PythonFunction do it. CDK's Code.from_asset ships a folder as it is and installs nothing.

*Evidence.* The course's first stack ships index.py alone; both psycopg2 and redis are missing, the latter unnoticed.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.contents import Contents
from headstart.audit.declared import has_unseen_layers, runtime_of
from headstart.audit.imports import Imported, imports_of, loaded_for
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity
from headstart.model.runtime_packages import is_in_runtime, was_removed

RULE = Rule(id="HS309", name="import-not-shipped", severity=Severity.ERROR, sees=frozenset({Sees.CODE, Sees.PACKAGE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each module that is missing, at its first import."""
    for function in subject.functions:
        runtime, contents = runtime_of(function), function.contents
        if runtime is None or contents is None or not _is_all_known(function):
            continue
        there = set(contents.modules())
        for imported in _imports(function):
            name = imported.top_level
            if name in there or is_in_runtime(name, runtime):
                continue
            there.add(name)
            finding = RULE.finding(
                _message(name, runtime),
                _remedy(name, runtime, contents=contents),
                place=imported.module.at(imported.node),
                subject=function.name,
            )
            is_sure = not (imported.is_swallowed or imported.in_function)
            yield finding if is_sure else msgspec.structs.replace(finding, severity=Severity.WARNING)


def _imports(function: AuditedFunction) -> Iterator[Imported]:
    """Those that are bound to run and to fail, in the order in which they are loaded."""
    loaded = loaded_for(function)
    if any("sys.path" in module.source for module in loaded):
        return
    for module in loaded:
        imports = sorted(imports_of(module), key=lambda imported: imported.node.lineno)
        yield from (each for each in imports if not each.is_conditional and not each.is_guarded)


def _is_all_known(function: AuditedFunction) -> bool:
    """Whether what ships is what was read: no layer elsewhere, and nothing that a build would still install."""
    declared, contents = function.declared, function.contents
    if contents is None or has_unseen_layers(function):
        return False
    if declared is None:
        return not (contents.to_install() or contents.is_buildable)
    changes_path = {"PYTHONPATH", "AWS_LAMBDA_EXEC_WRAPPER"} & declared.environment.keys()
    is_built = contents.to_install() or contents.is_buildable
    return not changes_path and (not is_built or _ships_as_it_is(function))


def _ships_as_it_is(function: AuditedFunction) -> bool:
    """CDK's assets are made: no build comes after them."""
    return function.declared is not None and bool(function.declared.resource.construct_path)


def _message(name: str, runtime: str) -> str:
    if was_removed(name, runtime):
        return f"{name} is imported here, and {runtime} no longer has it in its standard library"
    return f"{name} is imported here, and neither the package nor {runtime} has it"


def _remedy(name: str, runtime: str, *, contents: Contents) -> str:
    if was_removed(name, runtime):
        return f"ship a package that provides {name}, or do without it"
    if contents.to_install():
        return "install requirements.txt into the folder before it is deployed: an asset is shipped as it is"
    return f"ship {name} in the package or a layer"
