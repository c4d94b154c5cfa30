"""A function behind an API that may run longer than the API waits.

The function's timeout is above what API Gateway waits for an integration: 29 s for a REST API, 30 s for an HTTP API,
and nothing but APIs invokes it. One second more is no finding.

*Why it costs.* The caller gets a 504 while the function runs on: it is paid for up to its own timeout, takes a place in
the concurrency, and a caller that tries again starts it a second time.

*Use instead.* A timeout just below the API's. Longer work: answer at once and hand it to a queue, or to Step Functions.

*Evidence.* The limits are AWS's own. That of a regional REST API can be raised since June 2024; the rule is silent when
the integration sets TimeoutInMillis above 29 s.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
(2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.declared import is_whole, own_functions
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model import limits
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, EventSource, Infrastructure

RULE = Rule(id="HS302", name="timeout-above-gateway", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_WAITS_S = {"rest-api": limits.REST_API_TIMEOUT_S, "http-api": limits.HTTP_API_TIMEOUT_S}
_APIS = {"rest-api": "a REST API", "http-api": "an HTTP API"}
_SLACK_S = 1


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function."""
    for infrastructure, function in own_functions(subject):
        patient = _most_patient(infrastructure, function)
        if patient is None or function.timeout_s is None:
            continue
        waits_s = _WAITS_S[patient.kind]
        if function.timeout_s > waits_s + _SLACK_S:
            yield RULE.finding(
                f"{function.id} may run {function.timeout_s} s, and {_APIS[patient.kind]} waits {waits_s} s for it",
                f"set Timeout to {waits_s - 1}, or answer at once and do the work behind a queue",
                place=function.resource.place_of("Timeout"),
                subject=function.id,
                edits=setting(function.resource, ("Timeout",), to=waits_s - 1),
            )


def _most_patient(infrastructure: Infrastructure, function: DeclaredFunction) -> EventSource | None:
    """The API that waits longest; None when something else invokes the function too, or an API's limit was raised."""
    sources = [source for source in infrastructure.event_sources if source.function == function.id]
    if (
        not sources
        or not is_whole(infrastructure)
        or any(source.kind not in _WAITS_S or _is_raised(source) for source in sources)
    ):
        return None
    return max(sources, key=lambda source: _WAITS_S[source.kind])


def _is_raised(source: EventSource) -> bool:
    wait_ms = source.resource.get("Integration", "TimeoutInMillis")
    return wait_ms is not None and not (isinstance(wait_ms, int) and wait_ms <= limits.REST_API_TIMEOUT_S * 1000)
