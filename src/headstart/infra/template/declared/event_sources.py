"""What invokes functions: event source mappings, and the services that have a function as their target."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

import msgspec

from headstart.infra.template.declared import permissions
from headstart.infra.template.declared.properties import Properties
from headstart.infra.template.declared.references import Named
from headstart.infra.template.declared.view import View
from headstart.model.infrastructure import EventSource, Step

_MAPPING: Final = "AWS::Lambda::EventSourceMapping"
_STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"
_CUSTOM_RESOURCE: Final = "AWS::CloudFormation::CustomResource"
_ITEMS: Final = "[]"
_KEYS: Final = "{}"


class _Target(msgspec.Struct, frozen=True):
    """Where resources of a type name the functions that they invoke: ``[]`` is each item there, ``{}`` each key.

    ``source`` is the path of what the events come from, where that is not the resource itself.
    """

    type: str
    path: tuple[Step, ...]
    kind: str
    source: tuple[Step, ...] = ()
    qualifier: tuple[Step, ...] = ()


_URI: Final = "x-amazon-apigateway-integration"
_NOTIFICATIONS: Final = "NotificationConfiguration"
_TARGETS: Final = (
    _Target("AWS::ApiGateway::Method", ("Integration", "Uri"), "rest-api", ("RestApiId",)),
    _Target("AWS::ApiGateway::RestApi", ("Body", "paths", _KEYS, _KEYS, _URI, "uri"), "rest-api"),
    _Target("AWS::ApiGateway::Authorizer", ("AuthorizerUri",), "other", ("RestApiId",)),
    _Target("AWS::ApiGatewayV2::Integration", ("IntegrationUri",), "http-api", ("ApiId",)),
    _Target("AWS::ApiGatewayV2::Api", ("Target",), "http-api"),
    _Target("AWS::ApiGatewayV2::Api", ("Body", "paths", _KEYS, _KEYS, _URI, "uri"), "http-api"),
    _Target("AWS::ApiGatewayV2::Authorizer", ("AuthorizerUri",), "other", ("ApiId",)),
    _Target("AWS::ElasticLoadBalancingV2::TargetGroup", ("Targets", _ITEMS, "Id"), "alb"),
    _Target("AWS::Lambda::Url", ("TargetFunctionArn",), "url", qualifier=("Qualifier",)),
    _Target("AWS::SNS::Subscription", ("Endpoint",), "sns", ("TopicArn",)),
    _Target("AWS::SNS::Topic", ("Subscription", _ITEMS, "Endpoint"), "sns"),
    _Target("AWS::S3::Bucket", (_NOTIFICATIONS, "LambdaConfigurations", _ITEMS, "Function"), "s3"),
    _Target(
        "Custom::S3BucketNotifications",
        (_NOTIFICATIONS, "LambdaFunctionConfigurations", _ITEMS, "LambdaFunctionArn"),
        "s3",
        ("BucketName",),
    ),
    _Target("AWS::Events::Rule", ("Targets", _ITEMS, "Arn"), "events"),
    _Target("AWS::Scheduler::Schedule", ("Target", "Arn"), "schedule"),
    _Target("AWS::Pipes::Pipe", ("Target",), "other", ("Source",)),
    _Target("AWS::Cognito::UserPool", ("LambdaConfig", _KEYS), "cognito"),
    _Target("AWS::Cognito::UserPool", ("LambdaConfig", _KEYS, "LambdaArn"), "cognito"),
    _Target("AWS::IoT::TopicRule", ("TopicRulePayload", "Actions", _ITEMS, "Lambda", "FunctionArn"), "iot"),
    _Target("AWS::Logs::SubscriptionFilter", ("DestinationArn",), "logs", ("LogGroupName",)),
    _Target("AWS::SecretsManager::RotationSchedule", ("RotationLambdaARN",), "other", ("SecretId",)),
    _Target("AWS::AppSync::DataSource", ("LambdaConfig", "LambdaFunctionArn"), "other", ("ApiId",)),
)
# By the service in an ARN, and by the type of the resource that an ARN is of.
_SERVICES: Final = {
    "sqs": "sqs",
    "kinesis": "kinesis",
    "dynamodb": "dynamodb",
    "kafka": "kafka",
    "mq": "mq",
    "rds": "documentdb",
}
_TYPES: Final = {
    "AWS::SQS::": "sqs",
    "AWS::Kinesis::": "kinesis",
    "AWS::DynamoDB::": "dynamodb",
    "AWS::MSK::": "kafka",
    "AWS::AmazonMQ::": "mq",
    "AWS::DocDB::": "documentdb",
}
_PROPERTIES: Final = {
    "SelfManagedEventSource": "kafka",
    "Topics": "kafka",
    "DocumentDBEventSourceConfig": "documentdb",
    "Queues": "mq",
}


def event_sources(view: View) -> Iterator[EventSource]:
    """What invokes each function, once for each way; what is permitted and not otherwise seen comes last."""
    found = [*_mappings(view), *_services(view), *_others(view)]
    yield from found
    yield from permissions.not_among(view, found)


def _mappings(view: View) -> Iterator[EventSource]:
    for properties in view.of_type(_MAPPING):
        named = view.function(properties, "FunctionName")
        yield EventSource(
            resource=properties.resource,
            function=named.function,
            qualifier=named.qualifier,
            kind=_kind_of_mapping(view, properties),
            source=view.references.source(properties.value("EventSourceArn")),
            batch_size=properties.whole("BatchSize"),
            maximum_concurrency=properties.whole("ScalingConfig", "MaximumConcurrency"),
            has_provisioned_pollers=properties.value("ProvisionedPollerConfig") is not None,
        )


def _kind_of_mapping(view: View, properties: Properties) -> str:
    source = view.resources.get(view.references.source(properties.value("EventSourceArn")))
    by_type = (kind for prefix, kind in _TYPES.items() if source is not None and source.type.startswith(prefix))
    parts = properties.words("EventSourceArn").split(":")
    by_service = (_SERVICES[part] for part in parts if part in _SERVICES)
    by_property = (kind for name, kind in _PROPERTIES.items() if properties.value(name) is not None)
    return next(chain(by_type, by_service, by_property), "other")


def _services(view: View) -> Iterator[EventSource]:
    """In the order of the template; all methods of one API are one way, at the first of them."""
    by_type: dict[str, list[_Target]] = {}
    for target in _TARGETS:
        by_type.setdefault(target.type, []).append(target)
    found: dict[tuple[str, ...], EventSource] = {}
    for properties in view.of_type(*by_type):
        for target in by_type[properties.resource.type]:
            for path in _paths(properties, target):
                if named := view.references.invoked(properties.resource.get(*path)):
                    source = _source(view, properties, target=target, named=named)
                    found.setdefault((source.kind, source.function, source.qualifier, source.source), source)
    yield from found.values()


def _source(view: View, properties: Properties, *, target: _Target, named: Named) -> EventSource:
    given = view.references.source(properties.value(*target.source)) if target.source else ""
    qualifier = properties.words(*target.qualifier) if target.qualifier else ""
    return EventSource(
        resource=properties.resource,
        function=named.function,
        qualifier=qualifier or named.qualifier,
        kind=_kind(view, properties, target=target, source=given),
        source=given or properties.resource.id,
    )


def _kind(view: View, properties: Properties, *, target: _Target, source: str) -> str:
    """A rule with a schedule is one; an API of WebSockets is neither REST nor HTTP."""
    if target.kind == "events" and properties.value("ScheduleExpression") is not None:
        return "schedule"
    api = view.resources.get(source) or properties.resource
    return "other" if target.kind == "http-api" and api.get("ProtocolType") == "WEBSOCKET" else target.kind


def _paths(properties: Properties, target: _Target) -> list[tuple[Step, ...]]:
    """The target's path with each item and key in it."""
    found: list[tuple[Step, ...]] = [()]
    for step in target.path:
        if step == _ITEMS:
            found = [path for before in found for path in properties.paths(*before)]
        elif step == _KEYS:
            found = [(*before, key) for before in found for key in properties.mapping(*before)]
        else:
            found = [(*before, step) for before in found]
    return found


def _others(view: View) -> Iterator[EventSource]:
    """State machines by the functions in their definition, and custom resources."""
    for properties in view.of_type(_STATE_MACHINE):
        referred = (f"${{{id_}}}" for id_ in view.resources if id_ in properties.resource.refers_to)
        for named in map(view.references.invoked, referred):
            if named is not None:
                yield _other(properties, named)
    custom = {resource.type for resource in view.resources.values() if resource.type.startswith("Custom::")}
    for properties in view.of_type(_CUSTOM_RESOURCE, *custom):
        if named := view.references.invoked(properties.value("ServiceToken")):
            yield _other(properties, named)


def _other(properties: Properties, named: Named) -> EventSource:
    return EventSource(
        resource=properties.resource,
        function=named.function,
        qualifier=named.qualifier,
        kind="other",
        source=properties.resource.id,
    )
