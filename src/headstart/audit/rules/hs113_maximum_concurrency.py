"""Maximum concurrency of a queue's mapping that cannot be kept.

An event source mapping's MaximumConcurrency is outside 2 to 1,000, or set beside ProvisionedPollerConfig, or the
mappings of a function ask together for more than it reserves.

*Why it costs.* The first two fail on deployment. The third is a warning: the pollers invoke more than the function may
run, the rest is throttled, messages come back after the visibility timeout and move to the dead-letter queue unread.

*Use instead.* 2 to 1,000; one of the two controls; and a reservation of at least the sum.

*Evidence.* AWS: to avoid throttling, reserve at least the total of the mappings' maximum concurrency.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.declared import own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, EventSource, Infrastructure
from headstart.model.limits import MAXIMUM_CONCURRENCY_MAX, MAXIMUM_CONCURRENCY_MIN

RULE = Rule(id="HS113", name="maximum-concurrency", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))
_PATH = ("ScalingConfig", "MaximumConcurrency")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each mapping whose setting is refused, and for each function with too small a reservation."""
    for infrastructure in subject.infrastructures:
        for source in infrastructure.event_sources:
            if source.maximum_concurrency is not None:
                yield from _refused(source, source.maximum_concurrency)
    for infrastructure, function in own_functions(subject):
        yield from _throttled(infrastructure, function)


def _refused(source: EventSource, maximum: int) -> Iterator[Finding]:
    if not MAXIMUM_CONCURRENCY_MIN <= maximum <= MAXIMUM_CONCURRENCY_MAX:
        yield RULE.finding(
            f"{source.resource.id} has a maximum concurrency of {maximum}; Lambda takes "
            f"{MAXIMUM_CONCURRENCY_MIN} to {MAXIMUM_CONCURRENCY_MAX:,}",
            f"set {min(max(maximum, MAXIMUM_CONCURRENCY_MIN), MAXIMUM_CONCURRENCY_MAX)}",
            place=source.resource.place_of(*_PATH),
            subject=source.resource.id,
        )
    elif source.has_provisioned_pollers:
        yield RULE.finding(
            f"{source.resource.id} has a maximum concurrency and provisioned pollers: Lambda refuses both together",
            "keep ProvisionedPollerConfig (10 invocations at a time for each poller) or ScalingConfig",
            place=source.resource.place_of(*_PATH),
            subject=source.resource.id,
        )


def _throttled(infrastructure: Infrastructure, function: DeclaredFunction) -> Iterator[Finding]:
    sources = [source for source in infrastructure.event_sources if source.function == function.id]
    asked = sum(source.maximum_concurrency or 0 for source in sources)
    if function.reserved and asked > function.reserved:
        finding = RULE.finding(
            f"the mappings of {function.id} run up to {asked} at a time, it reserves {function.reserved}: "
            "the rest is throttled",
            f"reserve {asked} or more, or lower MaximumConcurrency",
            place=function.resource.place_of("ReservedConcurrentExecutions"),
            subject=function.id,
        )
        yield msgspec.structs.replace(finding, severity=Severity.WARNING)
