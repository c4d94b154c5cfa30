"""Asynchronous events that wait, unseen, behind reserved concurrency.

A function with reserved concurrency is invoked asynchronously (topics, buckets, rules, schedules), its template has
alarms, none of them on the age or loss of events, and nothing takes what fails. It is information.

*Why it costs.* Events above the reservation are throttled and go back to Lambda's own queue, for up to 6 hours and with
up to 5 minutes between tries. They arrive hours late, or are dropped, and Errors stays 0.

*Use instead.* Alarms on AsyncEventAge (Maximum) and AsyncEventsDropped (Sum above 0), and an OnFailure destination.

*Evidence.* AWS: monitor AsyncEventAge "for when a queue buildup occurs".

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, alarms_on, are_watched
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure

RULE = Rule(id="HS220", name="waiting-events-not-watched", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_ASYNCHRONOUS = frozenset({"sns", "s3", "events", "schedule", "iot", "logs"})
_TELLING = ("AsyncEventAge", "AsyncEventsDropped", "DeadLetterErrors", "DestinationDeliveryFailures")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such function, in a project that has alarms."""
    if not any(alarms(subject)):
        return
    for infrastructure, function in own_functions(subject):
        kinds = {source.kind for source in infrastructure.event_sources if source.function == function.id}
        if not function.reserved or not kinds & _ASYNCHRONOUS or not is_whole(infrastructure):
            continue
        watching = alarms_on(function, subject, within=infrastructure)
        if not are_watched(watching, *_TELLING) and not _keeps_failures(infrastructure, function):
            yield RULE.finding(
                f"events for {function.id} wait, or are dropped, when all {function.reserved} of it are busy, "
                "and nothing tells",
                "add alarms on AsyncEventAge and AsyncEventsDropped",
                place=function.resource.place_of("ReservedConcurrentExecutions"),
                subject=function.id,
            )


def _keeps_failures(infrastructure: Infrastructure, function: DeclaredFunction) -> bool:
    configured = infrastructure.of_type("AWS::Lambda::EventInvokeConfig")
    return bool(function.resource.get("DeadLetterConfig")) or any(function.id in one.refers_to for one in configured)
