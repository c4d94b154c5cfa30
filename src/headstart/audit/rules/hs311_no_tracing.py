"""A function whose requests are not traced.

TracingConfig is not Active, and nothing else that traces is to be seen: no wrapper script, no layer, no OpenTelemetry,
Datadog or X-Ray in the environment. Information.

*Why it costs.* Where the time of a slow request went, in init, in the function, in a call of AWS or in a retry, can
only be guessed from logs.

*Use instead.* Tracing: Active for Lambda's own segments (1 request a second and 5 % of the rest are sampled), or an
OpenTelemetry layer, which costs 350 to 1000 ms of cold start in Python: measure it.

*Evidence.* The same is reported by AWS's serverless rules as WS1000; the figures of the layer are its users' own
(opentelemetry-lambda issue 1497). The X-Ray SDKs end in February 2027; tracing by Lambda itself does not need them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.declared import is_understood, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, Symbolic

RULE = Rule(id="HS311", name="no-tracing", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_TRACERS = ("AWS_LAMBDA_EXEC_WRAPPER", "OTEL_", "DD_", "NEW_RELIC_", "SENTRY_", "LUMIGO_", "OPENTELEMETRY_")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function."""
    for infrastructure, function in own_functions(subject):
        if is_understood(infrastructure, function.resource) and not _is_traced(function):
            yield RULE.finding(
                f"{function.id} has no tracing: where the time of a slow request went is not recorded",
                "set TracingConfig.Mode (in SAM: Tracing) to Active",
                place=function.resource.place_of("TracingConfig"),
                subject=function.id,
            )


def _is_traced(function: DeclaredFunction) -> bool:
    """Traced, or perhaps: a layer may bring a tracer."""
    config, mode = function.resource.get("TracingConfig"), function.resource.get("TracingConfig", "Mode")
    is_open = isinstance(config, Symbolic) or isinstance(mode, Symbolic) or mode == "Active"
    has_tracer = any(name.startswith(_TRACERS) for name in function.environment)
    return is_open or has_tracer or function.resource.get("Layers") is not None
