"""A package without bytecode.

Installed packages are shipped as .py alone, or with bytecode of another Python, or (in an asset of CDK, which gives all
files the same time) with bytecode that holds only while its source keeps its time of change.

*Why it costs.* Lambda's /var/task is read-only: what is not compiled in the package is compiled again in every cold
start.

*Use instead.* ``headstart bundle``, which compiles what it packs; or ``python3.13 -m compileall --invalidation-mode
unchecked-hash PACKAGE``, with the Python of the function's runtime, before it is zipped. Bytecode takes 0.3 to 0.7 of
the source's size again.

*Evidence.* Imports of 25 real packages take 2.8 times as long without bytecode (median; 1.8 to 6.3). With a ``check``
result the finding has this function's own figure. bench/rules/hs503.py shows it for one package.

Source: https://docs.python.org/3/library/compileall.html and https://peps.python.org/pep-0552/ (2026-11-23)
"""

import re
from collections.abc import Iterator

from headstart.audit.contents import Contents
from headstart.audit.declared import runtime_of
from headstart.audit.measured import BYTECODE, advice_on, with_savings
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Place

RULE = Rule(
    id="HS503",
    name="no-bytecode",
    severity=Severity.WARNING,
    sees=frozenset({Sees.PACKAGE}),
    is_about_speed=True,
)
# A small file compiles in about a millisecond: this much source takes some 20 ms.
_WORTH_BYTES = 256 * 1024
_BYTECODE = re.compile(r"(?P<folder>(?:.*/)?)__pycache__/(?P<module>[^/.]+)\.cpython-(?P<python>\d+)\.pyc")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, at its code."""
    for function in subject.functions:
        contents = function.contents
        if contents is None:
            continue
        measured = advice_on(function, BYTECODE)
        if measured:
            finding = RULE.finding(
                measured[0].evidence, measured[0].action, place=Place(str(contents.root)), subject=function.name
            )
            yield with_savings(finding, measured[0])
        elif function.measured is None:
            yield from _counted(function, contents)


def _counted(function: AuditedFunction, contents: Contents) -> Iterator[Finding]:
    """Of installed packages only: how a build treats the project's own files is not seen here."""
    own = [each for each in contents.distributions if each.where == str(contents.root)]
    installed = {module for each in own for module in each.modules}
    compiled = set(_compiled(function, contents))
    lacking = [
        file
        for file in contents.files
        if file.name.endswith(".py")
        and file.name.partition("/")[0].removesuffix(".py") in installed
        and file.name not in compiled
    ]
    size_bytes = sum(file.size_bytes for file in lacking)
    if size_bytes >= _WORTH_BYTES:
        python = runtime_of(function) or "python3"
        yield RULE.finding(
            f"{len(lacking)} modules of installed packages ({size_bytes / 1024 / 1024:,.1f} MB) have no bytecode that "
            "the runtime can use: what a cold start loads of them it compiles",
            "package it by headstart bundle, or "
            f"{python} -m compileall --invalidation-mode unchecked-hash {contents.root}",
            place=Place(str(contents.root)),
            subject=function.name,
        )


def _compiled(function: AuditedFunction, contents: Contents) -> Iterator[str]:
    """The source files whose bytecode is there, for the function's Python where that is known, and will hold."""
    runtime = runtime_of(function)
    wanted = runtime.removeprefix("python").replace(".", "") if runtime else None
    is_asset = function.declared is not None and bool(function.declared.resource.construct_path)
    for file in contents.files:
        match = _BYTECODE.fullmatch(file.name)
        if match and wanted in {None, match["python"]} and not (is_asset and file.name in contents.timestamped):
            yield f"{match['folder']}{match['module']}.py"
