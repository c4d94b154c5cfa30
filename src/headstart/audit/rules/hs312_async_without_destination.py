"""Asynchronous events that vanish when the function fails.

S3, SNS, EventBridge or IoT invoke the function asynchronously, and it has neither a dead-letter queue nor a destination
for failures.

*Why it costs.* Lambda tries such an event three times, then drops it: the only trace is a number in the metric
AsyncEventsDropped. What the rule of EventBridge or the subscription of SNS has as a dead-letter queue is for events
that did not reach Lambda, not for those that the function failed on.

*Use instead.* An AWS::Lambda::EventInvokeConfig with DestinationConfig.OnFailure (it gets the error too), or a
DeadLetterConfig, and an alarm on the queue's depth.

*Evidence.* Two retries, up to 6 hours, then the event is gone: AWS's own numbers; its serverless rules report it as an
error, ES1007.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.declared import is_unset, is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Symbolic

RULE = Rule(id="HS312", name="async-without-destination", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_ASYNC = {"s3": "S3", "sns": "SNS", "events": "EventBridge", "iot": "IoT"}
_CONFIG = "AWS::Lambda::EventInvokeConfig"


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, with who invokes it."""
    for infrastructure, function in own_functions(subject):
        kinds = {source.kind for source in infrastructure.event_sources if source.function == function.id}
        sources = sorted(_ASYNC[kind] for kind in kinds if kind in _ASYNC)
        if sources and not _keeps_failures(infrastructure, function):
            yield RULE.finding(
                f"{function.id} is invoked by {' and '.join(sources)}: an event that fails three times is gone",
                "add an EventInvokeConfig with DestinationConfig.OnFailure, or a DeadLetterConfig",
                place=function.resource.place_of("DeadLetterConfig"),
                subject=function.id,
            )


def _keeps_failures(infrastructure: Infrastructure, function: DeclaredFunction) -> bool:
    """Whether it has a queue or a destination, or may have one that is not seen."""
    if not is_whole(infrastructure) or not is_unset(infrastructure, function.resource, "DeadLetterConfig"):
        return True
    for config in infrastructure.of_type(_CONFIG):
        name = config.get("FunctionName")
        is_of = function.id in name.refers_to if isinstance(name, Symbolic) else name == function.name
        if is_of and not is_unset(infrastructure, config, "DestinationConfig", "OnFailure"):
            return True
    return False
