"""Little room in memory or time, as measured.

The last ``headstart check`` saw the function use over 90 % of its memory, with what Lambda's own processes add, or its
slowest invocations take over 80 % of its timeout.

*Why it costs.* A little more input, a slower neighbour or a larger answer, and the environment is ended: the invocation
fails after having been paid for in full, and the next one is a cold start.

*Use instead.* The setting in the remedy: 1.2 times the memory used and Lambda's own 20 MB, or twice the slowest
invocation.

*Evidence.* The function's own figures, measured here; the p99 of what ran and the peak that the kernel counted.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.declared import template_edits
from headstart.audit.measured import MEMORY_HEADROOM, TIMEOUT, advice, advised_value, place_of
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS317", name="little-room-measured", severity=Severity.WARNING, sees=frozenset({Sees.MEASURED}))
_PROPERTIES = {MEMORY_HEADROOM: "MemorySize", TIMEOUT: "Timeout"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each limit that is near."""
    for function, item in advice(subject, *_PROPERTIES):
        name, value = _PROPERTIES[item.id], advised_value(item)
        yield RULE.finding(
            item.evidence,
            f"set {name} to {value}" if value else item.action,
            place=place_of(function, name),
            subject=function.name,
            edits=template_edits(function, name, to=value) if value else (),
            is_safe=True,
        )
