"""What invokes a function: event source mappings, and what other services send it."""

from typing import Any, Final

from headstart.infra.program.resources import words
from headstart.infra.program.resources.call import Call, Maker, Table, given_fields
from headstart.infra.program.values import Given, Made, Outside, Unknown
from headstart.model.infrastructure import Symbolic

_SOURCES: Final = "aws_cdk.aws_lambda_event_sources."
_MAPPING: Final[Table] = {
    "batch_size": (("BatchSize",), words.plain),
    "max_concurrency": (("ScalingConfig", "MaximumConcurrency"), words.plain),
    "max_batching_window": (("MaximumBatchingWindowInSeconds",), words.seconds),
    "retry_attempts": (("MaximumRetryAttempts",), words.plain),
    "max_record_age": (("MaximumRecordAgeInSeconds",), words.seconds),
    "bisect_batch_on_error": (("BisectBatchOnFunctionError",), words.plain),
    "on_failure": (("DestinationConfig", "OnFailure", "Destination"), words.plain),
    "parallelization_factor": (("ParallelizationFactor",), words.plain),
    "provisioned_poller_config": (("ProvisionedPollerConfig",), words.plain),
    "starting_position": (("StartingPosition",), words.shouted),
    "event_source_arn": (("EventSourceArn",), words.plain),
    "kafka_topic": (("Topics",), words.listed),
    "topic": (("Topics",), words.listed),
}
_MAPPED: Final = {"SqsEventSource": "sqs", "KinesisEventSource": "kinesis", "DynamoEventSource": "dynamodb"}
_KAFKA: Final = frozenset({"ManagedKafkaEventSource", "SelfManagedKafkaEventSource"})
# The class by which a service is told to invoke a function, and the service's principal.
_PRINCIPALS: Final = {
    "aws_cdk.aws_s3_notifications.LambdaDestination": "s3.amazonaws.com",
    f"{_SOURCES}S3EventSource": "s3.amazonaws.com",
    f"{_SOURCES}S3EventSourceV2": "s3.amazonaws.com",
    "aws_cdk.aws_iot_actions_alpha.LambdaFunctionAction": "iot.amazonaws.com",
    "aws_cdk.aws_logs_destinations.LambdaDestination": "logs.amazonaws.com",
    "aws_cdk.aws_elasticloadbalancingv2_targets.LambdaTarget": "elasticloadbalancing.amazonaws.com",
}
_INTEGRATIONS: Final = {
    "aws_cdk.aws_apigateway.LambdaIntegration": "AWS::ApiGateway::Method",
    "aws_cdk.aws_apigatewayv2_integrations.HttpLambdaIntegration": "AWS::ApiGatewayV2::Integration",
}


def add(call: Call, owner: Made, *, event: Any) -> None:
    """A source of events for a function, alias or version."""
    if not isinstance(event, Made):
        call.machine.recorder.note(owner.id, "an event source that is not followed", place=call.place)
        return
    kind = event.type.rpartition(".")[2]
    if kind in _MAPPED or kind in _KAFKA:
        source = event.value({"kinesis": "stream", "dynamodb": "table"}.get(_MAPPED.get(kind, ""), "queue"), 0)
        _map(call, owner, event=event, source=source)
    elif kind == "SnsEventSource":
        _subscribe(call, owner, topic=event.value("topic", 0))
    elif event.type in _PRINCIPALS:
        permit(call, owner, principal=_PRINCIPALS[event.type])
    else:
        call.machine.recorder.note(owner.id, f"{kind}, which is not followed", place=call.place)


def _map(call: Call, owner: Made, *, event: Made, source: Any) -> None:
    name = f"Mapping{event.place.line}"
    draft = call.draft("AWS::Lambda::EventSourceMapping", name, path=owner.path)
    draft.set(("FunctionName",), owner, place=call.place)
    if event.type.rpartition(".")[2] not in _KAFKA:
        arn = source.ref("Arn") if isinstance(source, Made) and source.draft is not None else source
        draft.set(("EventSourceArn",), arn, place=event.place)
    _fill(call, draft, given=dict(event.given))


def _fill(call: Call, draft: Any, *, given: dict[str, Given]) -> None:
    inner = Call(name=call.name, machine=call.machine, place=call.place, keywords=given, is_open=call.is_open)
    inner.fill(draft, _MAPPING)


def mapping(call: Call) -> Made:
    """An ``EventSourceMapping`` of its own."""
    draft = call.draft("AWS::Lambda::EventSourceMapping")
    call.fill(draft, {**_MAPPING, "target": (("FunctionName",), words.plain)})
    return call.made("mapping", draft)


def add_mapping(call: Call) -> Made:
    """``fn.add_event_source_mapping``."""
    draft = call.draft("AWS::Lambda::EventSourceMapping", str(call.value("id", 0)), path=call.owner.path)
    draft.set(("FunctionName",), call.owner, place=call.place)
    call.fill(draft, _MAPPING)
    return call.made("mapping", draft)


def _subscribe(call: Call, owner: Made, *, topic: Any) -> None:
    draft = call.draft("AWS::SNS::Subscription", "Subscription", path=owner.path)
    draft.set(("Protocol",), "lambda", place=call.place)
    draft.set(("TopicArn",), topic, place=call.place)
    draft.set(("Endpoint",), arn_of(owner), place=call.place)


def permit(call: Call, owner: Made, *, principal: Any) -> None:
    """A service may invoke the function."""
    draft = call.draft("AWS::Lambda::Permission", "Permission", path=owner.path)
    draft.set(("Action",), "lambda:InvokeFunction", place=call.place)
    draft.set(("FunctionName",), arn_of(owner), place=call.place)
    draft.set(("Principal",), principal, place=call.place)


def add_permission(call: Call) -> None:
    """``fn.add_permission`` and ``fn.grant_invoke``."""
    principal = call.value("principal", 1) or call.value("grantee", 0)
    name = principal.value("service", 0) if isinstance(principal, Made) else None
    permit(call, call.owner, principal=name or Symbolic("${principal}"))


def add_url(call: Call) -> Made:
    """``fn.add_function_url``."""
    draft = call.draft("AWS::Lambda::Url", "FunctionUrl", path=call.owner.path)
    draft.set(("TargetFunctionArn",), arn_of(call.owner), place=call.place)
    return call.made("url", draft)


def arn_of(owner: Made) -> Symbolic:
    """The ARN by which a function, alias or version is invoked."""
    return owner.ref("Arn") if owner.kind == "function" else owner.ref()


def rule(call: Call) -> Made:
    """A ``Rule`` of EventBridge."""
    draft = call.draft("AWS::Events::Rule")
    made = call.made("rule", draft)
    for keyword, name in (("schedule", "ScheduleExpression"), ("event_pattern", "EventPattern")):
        if given := call.given(keyword):
            fields = {key: each.value for key, each in given_fields(given.value, place=given.place).items()}
            value = fields if keyword == "event_pattern" and fields else Symbolic(f"${{{keyword}}}")
            draft.set((name,), value, place=given.place)
    targets = call.value("targets")
    for target in targets if isinstance(targets, list | tuple) else ():
        _add_target(call, made, target=target)
    return made


def add_target(call: Call) -> None:
    """``rule.add_target``."""
    _add_target(call, call.owner, target=call.value("target", 0))


def _add_target(call: Call, of: Made, *, target: Any) -> None:
    invoked = target.value("handler", 0) if isinstance(target, Made) else None
    if isinstance(invoked, Made) and invoked.draft is not None and invoked.kind in ("function", "alias", "version"):
        before = of.draft.properties.get("Targets", [])
        path = ("Targets", len(before), "Arn")
        call.machine.change(of.draft, path, to=call.at(arn_of(invoked)))
    else:
        call.machine.escape(target, to="a rule", place=call.place)


def integrate(call: Call, integration: Made) -> None:
    """An API sends requests to a function by ``integration``, wherever that was given."""
    invoked = integration.value("handler", 0 if "apigatewayv2" not in integration.type else 1)
    if not isinstance(invoked, Made) or invoked.draft is None:
        return
    draft = call.draft(_INTEGRATIONS[integration.type], f"Method{call.place.line}", path=invoked.path)
    arn = arn_of(invoked)
    uri = Symbolic(f"arn:aws:apigateway:region:lambda:path/2015-03-31/functions/{arn}/invocations", arn.refers_to)
    path = ("Integration", "Uri") if draft.type == "AWS::ApiGateway::Method" else ("IntegrationUri",)
    draft.set(path, uri, place=call.place)
    if given := integration.given.get("timeout"):
        waits_s = words.seconds(given.value)
        wait_ms = waits_s * 1000 if isinstance(waits_s, int | float) else waits_s
        draft.set(("Integration", "TimeoutInMillis"), wait_ms, place=given.place)


def rest_api(call: Call) -> Made:
    """A ``LambdaRestApi``."""
    draft, invoked = call.draft("AWS::ApiGateway::RestApi"), call.given("handler")
    if invoked is not None and isinstance(invoked.value, Made):
        kind = next(iter(_INTEGRATIONS))
        given = dict(call.keywords)
        if "integration_options" in given:
            given["timeout"] = Given(Unknown(is_outside=True), given["integration_options"].place)
        integrate(call, Made(type=kind, given=given, place=call.place))
    return call.made("api", draft)


def bucket_event(call: Call) -> None:
    """``bucket.add_event_notification``, with what is told and when."""
    for value in call.values:
        invoked = value.value("fn", 0) if isinstance(value, Made) and value.type in _PRINCIPALS else None
        if isinstance(invoked, Made) and invoked.draft is not None:
            permit(call, invoked, principal=_PRINCIPALS[value.type])
        elif not isinstance(value, Outside):
            call.machine.escape(value, to=call.name, place=call.place)


def is_integration(value: Any) -> bool:
    """Whether a value sends an API's requests to a function."""
    return isinstance(value, Made) and value.type in _INTEGRATIONS


_INVOKED: Final = ("function", "alias", "version")
MAKERS: Final[dict[str, Maker]] = {
    "aws_cdk.aws_lambda.EventSourceMapping": mapping,
    "aws_cdk.aws_events.Rule": rule,
    "aws_cdk.aws_apigateway.LambdaRestApi": rest_api,
}
METHODS: Final[dict[tuple[str, str], Maker]] = {
    **{(kind, "add_event_source_mapping"): add_mapping for kind in _INVOKED},
    **{(kind, "add_permission"): add_permission for kind in _INVOKED},
    **{(kind, "grant_invoke"): add_permission for kind in _INVOKED},
    **{(kind, "add_function_url"): add_url for kind in _INVOKED},
    ("rule", "add_target"): add_target,
    ("", "add_event_notification"): bucket_event,
    ("", "add_object_created_notification"): bucket_event,
    ("", "add_object_removed_notification"): bucket_event,
}
