"""A function with the default timeout or memory size.

The template sets no Timeout, which is then 3 s, or no MemorySize, which is then 128 MB.

*Why it costs.* At 128 MB a function has 7 % of a vCPU: what takes 100 ms at a full one takes 1.4 s, and a unit of CPU
work costs the same at every size up to 1,769 MB. 3 s are soon over at that pace, and a timeout ends the environment:
the next invocation is a cold start again.

*Use instead.* Say both. ``headstart check`` measures what the function needs; with its result this rule sets it.

*Evidence.* CPU is memory / 1769 vCPU, to 0.2 … 1.2 % over 41 sizes measured on AWS (jvroig, 2022-23). Settings are a
matter of the function's work, so that no bench can say what they cost in general. AWS's serverless rules report both
defaults as errors, ES1005 and ES1006.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html and configuration-timeout.html
(2026-11-23)
"""

import math
from collections.abc import Iterator

from headstart.audit.declared import audited, is_unset, own_functions
from headstart.audit.edits import setting
from headstart.audit.measured import MEMORY_SIZE, advice_on, advised_value
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model import limits
from headstart.model.finding import Edit, Finding, Severity
from headstart.model.infrastructure import Resource

RULE = Rule(id="HS301", name="default-timeout-or-memory", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_DEFAULTS = {
    "Timeout": f"the timeout is the default, {limits.TIMEOUT_S_DEFAULT} s",
    "MemorySize": f"the memory size is the default, {limits.MEMORY_MB_MIN} MB, with 7 % of a vCPU",
}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, with what is missing."""
    for infrastructure, function in own_functions(subject):
        missing = [name for name in _DEFAULTS if is_unset(infrastructure, function.resource, name)]
        if missing:
            edits = tuple(_edits(function.resource, audited(subject, function), missing=missing))
            yield RULE.finding(
                f"{function.id}: {' and '.join(_DEFAULTS[name] for name in missing)}",
                f"set {' and '.join(missing)}; headstart check measures what the function needs",
                place=function.resource.place,
                subject=function.id,
                edits=edits,
                is_safe=bool(edits),
            )


def _edits(resource: Resource, function: AuditedFunction, *, missing: list[str]) -> Iterator[Edit]:
    """What was measured; never less than the defaults."""
    if function.measured is None:
        return
    if "Timeout" in missing:
        slowest_ms = function.measured.cold_start.first_invocation.p99
        enough_s = min(math.ceil(2 * slowest_ms / 1000), limits.TIMEOUT_S_MAX)
        yield from setting(resource, ("Timeout",), to=max(enough_s, limits.TIMEOUT_S_DEFAULT))
    if "MemorySize" in missing:
        advised = [advised_value(item) for item in advice_on(function, MEMORY_SIZE)]
        memory_mb = next(filter(None, advised), function.measured.function.memory_mb)
        yield from setting(resource, ("MemorySize",), to=memory_mb)
