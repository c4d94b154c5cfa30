"""A cold start is told by counting requests, or by a flag of the module.

*Why it costs.* The first request of an environment that provisioned concurrency made ahead counts as cold, though
nobody waited for it: the figure by which provisioned concurrency is judged says that it does not help.

*Use instead.* ``AWS_LAMBDA_INITIALIZATION_TYPE``: only ``on-demand`` is cold for the caller. The kit's log says it of
each invocation.

*Evidence.* The course's ``request_count == 1`` is true in each environment, however it was made (D54).

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.syntax import constant, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS415",
    name="cold-start-by-count",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each value called a cold start that is the count 1, where no code reads the type."""
    for program in subject.lambda_programs:
        if any("INITIALIZATION_TYPE" in module.source for module in program.modules.values()):
            continue
        for module in program.modules.values():
            if "cold" in module.source.lower():
                for compared in module.nodes.of(ast.Compare):
                    if _is_first(compared) and _is_called_cold(compared, next(module.nodes.around(compared), None)):
                        yield RULE.finding(
                            f"{ast.unparse(compared)} is true of environments that were made ahead, too",
                            "read AWS_LAMBDA_INITIALIZATION_TYPE: only on-demand is cold",
                            place=module.at(compared),
                            subject=name_around(compared, module),
                        )


def _is_first(compared: ast.Compare) -> bool:
    counts = isinstance(compared.left, ast.Name | ast.Attribute)
    return counts and isinstance(compared.ops[0], ast.Eq | ast.LtE) and constant(compared.comparators[0]) == 1


def _is_called_cold(compared: ast.Compare, outer: ast.AST | None) -> bool:
    if isinstance(outer, ast.Dict):
        keys = [key for key, value in zip(outer.keys, outer.values, strict=True) if value is compared]
        return any("cold" in str(constant(key)).lower() for key in keys)
    if isinstance(outer, ast.Assign):
        return "cold" in ast.unparse(outer.targets[0]).lower()
    return isinstance(outer, ast.keyword) and "cold" in (outer.arg or "").lower()
