"""A memory size that the measurements advise against.

The last ``headstart check`` of this very configuration found a size that is faster for about the same money, or cheaper
and about as fast.

*Why it costs.* Below one vCPU (1,769 MB) a function that computes is slowed in proportion, at the same price; above, a
function that waits pays for memory that does nothing.

*Use instead.* The size in the remedy. The gain shows at the wrong end of its interval too.

*Evidence.* The curve of the function itself, measured here; ``headstart check`` shows it. Sizes chosen from 4 measured
ones are within 5 % of the cheapest on 97 % of 204 curves measured on AWS.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.declared import template_edits
from headstart.audit.measured import MEMORY_SIZE, advice, advised_value, place_of, with_savings
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS306", name="memory-off-optimum", severity=Severity.INFO, sees=frozenset({Sees.MEASURED}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function that was measured as it is declared."""
    for function, item in advice(subject, MEMORY_SIZE):
        memory_mb = advised_value(item)
        if memory_mb is not None and _is_as_measured(function):
            finding = RULE.finding(
                item.evidence,
                f"set the memory size to {memory_mb} MB",
                place=place_of(function, "MemorySize"),
                subject=function.name,
                edits=template_edits(function, "MemorySize", to=memory_mb),
                is_safe=True,
            )
            yield with_savings(finding, item)


def _is_as_measured(function: AuditedFunction) -> bool:
    declared_mb = function.declared.memory_mb if function.declared else None
    return function.measured is not None and declared_mb in {None, function.measured.function.memory_mb}
