"""An environment variable that the code needs and the template does not set.

Code that the handler loads reads ``os.environ["NAME"]``, and the function's environment in the template has no NAME.

*Why it costs.* The read raises KeyError: at module level every init fails, and is paid for again at each attempt; in
the handler every invocation that comes there does.

*Use instead.* Set the variable in the template, or read it with a default where the function can do without.

*Evidence.* The course's order function reads DB_HOST and answers each request with the text of that KeyError.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-23)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.environment import SET_BY_LAMBDA, variables_read, variables_set
from headstart.audit.code.program import Module
from headstart.audit.declared import has_unseen_layers, is_understood
from headstart.audit.imports import caught_around, loaded_for
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Symbolic

RULE = Rule(
    id="HS308",
    name="variable-not-declared",
    severity=Severity.WARNING,
    sees=frozenset({Sees.TEMPLATE, Sees.CODE}),
)
# What any process on Lambda has beside what Lambda itself sets.
_ALWAYS = SET_BY_LAMBDA | {"HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "PWD", "PYTHONPATH", "TZ"}
_CAUGHT = frozenset({"KeyError", "LookupError", "Exception", "BaseException"})


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each variable and function, at the first read."""
    for function in subject.functions:
        declared = function.declared
        if declared is None or not _is_environment_known(function):
            continue
        loaded = [module for module in loaded_for(function) if "environ" in module.source]
        known = {*_ALWAYS, *declared.environment, *(name for module in loaded for name in _provided(module))}
        for module in loaded:
            for name, node in _needed(module):
                if name not in known:
                    known.add(name)
                    yield RULE.finding(
                        f"{name} is read here, and {declared.id} has no such environment variable: KeyError",
                        f"set {name} in the function's environment, or read it with a default",
                        place=module.at(node),
                        subject=declared.id,
                    )


def _is_environment_known(function: AuditedFunction) -> bool:
    """A wrapper script in a layer may set variables."""
    declared = function.declared
    if declared is None or has_unseen_layers(function) or "AWS_LAMBDA_EXEC_WRAPPER" in declared.environment:
        return False
    given = declared.resource.get("Environment"), declared.resource.get("Environment", "Variables")
    is_symbolic = any(isinstance(value, Symbolic) for value in given)
    return not is_symbolic and is_understood(function.infrastructure, declared.resource)


def _needed(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Reads that raise when the variable is not there, and that nothing around them expects to."""
    for name, node in variables_read(module):
        if isinstance(node, ast.Subscript) and not caught_around(module, node) & _CAUGHT:
            yield name, node


def _provided(module: Module) -> Iterator[str]:
    """Variables that the code sets itself, or asks for (``"NAME" in os.environ``) before it reads them."""
    yield from variables_set(module)
    for compared in module.nodes.of(ast.Compare):
        if isinstance(compared.left, ast.Constant) and isinstance(compared.left.value, str):
            yield compared.left.value
    yield from (name for name, node in variables_read(module) if isinstance(node, ast.Call))
