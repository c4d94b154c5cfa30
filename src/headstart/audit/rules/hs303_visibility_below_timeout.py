"""A queue whose messages come back while the function still works on them.

The visibility timeout of an SQS queue is shorter than six times the timeout of the function that reads it. Below the
timeout itself it is an error: Lambda refuses the event source mapping.

*Why it costs.* When the function is throttled, Lambda tries the batch again within the visibility timeout. Is that too
short, messages become visible while they are held, are worked on twice, and count as received until they land in the
dead-letter queue without ever having failed.

*Use instead.* A visibility timeout of six times the function's timeout; it changes nothing for messages that succeed.

*Evidence.* AWS's own recommendation; cfn-lint (E3505) and cloudformation-validate report the part below the timeout
only (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (2026-11-25)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.declared import is_unset
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model import limits
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import EventSource, Infrastructure, Resource

RULE = Rule(id="HS303", name="visibility-below-timeout", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each queue, for the function that may work longest."""
    for infrastructure in subject.infrastructures:
        for queue in infrastructure.of_type("AWS::SQS::Queue"):
            sources = [each for each in infrastructure.event_sources if (each.kind, each.source) == ("sqs", queue.id)]
            timeouts = [(timeout_s, each) for each in sources if (timeout_s := _timeout_s(infrastructure, each))]
            if timeouts:
                timeout_s, source = max(timeouts, key=lambda pair: pair[0])
                yield from _of(infrastructure, queue, timeout_s=timeout_s, function=source.function)


def _of(infrastructure: Infrastructure, queue: Resource, *, timeout_s: int, function: str) -> Iterator[Finding]:
    visible_s = _visibility_s(infrastructure, queue)
    enough_s = min(limits.VISIBILITY_TIMEOUTS * timeout_s, limits.VISIBILITY_TIMEOUT_S_MAX)
    if visible_s is None or visible_s >= enough_s:
        return
    is_refused = visible_s < timeout_s
    why = "Lambda refuses the mapping" if is_refused else "a throttled batch is worked on twice"
    finding = RULE.finding(
        f"messages of {queue.id} come back after {visible_s} s, {function} may work {timeout_s} s: {why}",
        f"set VisibilityTimeout to {enough_s}",
        place=queue.place_of("VisibilityTimeout"),
        subject=queue.id,
        edits=setting(queue, ("VisibilityTimeout",), to=enough_s),
        is_safe=True,
    )
    yield msgspec.structs.replace(finding, severity=Severity.ERROR) if is_refused else finding


def _timeout_s(infrastructure: Infrastructure, source: EventSource) -> int | None:
    function = infrastructure.function(source.function)
    if function is None:
        return None
    is_default = is_unset(infrastructure, function.resource, "Timeout")
    return limits.TIMEOUT_S_DEFAULT if is_default else function.timeout_s


def _visibility_s(infrastructure: Infrastructure, queue: Resource) -> int | None:
    if is_unset(infrastructure, queue, "VisibilityTimeout"):
        return limits.VISIBILITY_TIMEOUT_S_DEFAULT
    value = queue.get("VisibilityTimeout")
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None
