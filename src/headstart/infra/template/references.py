"""What Ref and GetAtt return, for the resources whose form AWS documents: names, ARNs and URLs around the logical id.

In the forms ``{id}`` is the logical id, ``{Name}`` in braces a property of the resource, and ``${AWS::…}`` stays.

Source: "Return values" of each resource's page in
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html (2026-11-23)
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from headstart.infra.template.symbols import join
from headstart.model.infrastructure import Symbolic

_NAME = "${id}"


def _arn(service: str, rest: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"


_VERSION_ARN = _arn("lambda", "function:{FunctionName}:${id.Version}")
_ALIAS_ARN = _arn("lambda", "function:{FunctionName}:{Name}")
_LAYER_ARN = _arn("lambda", "layer:${id}:${id.Version}")
_QUEUE_URL = "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/${id}"
_TOPIC_ARN = _arn("sns", _NAME)
_MACHINE_ARN = _arn("states", "stateMachine:${id}")
_TABLE = {
    "Ref": _NAME,
    "Arn": _arn("dynamodb", "table/${id}"),
    "StreamArn": _arn("dynamodb", "table/${id}/stream/${id.StreamLabel}"),
}

FORMS: dict[str, dict[str, str]] = {
    "AWS::Lambda::Function": {"Ref": _NAME, "Arn": _arn("lambda", "function:${id}")},
    "AWS::Lambda::Version": {"Ref": _VERSION_ARN, "FunctionArn": _VERSION_ARN},
    "AWS::Lambda::Alias": {"Ref": _ALIAS_ARN, "AliasArn": _ALIAS_ARN},
    "AWS::Lambda::LayerVersion": {"Ref": _LAYER_ARN, "LayerVersionArn": _LAYER_ARN},
    "AWS::SQS::Queue": {"Ref": _QUEUE_URL, "QueueUrl": _QUEUE_URL, "QueueName": _NAME, "Arn": _arn("sqs", _NAME)},
    "AWS::SNS::Topic": {"Ref": _TOPIC_ARN, "TopicArn": _TOPIC_ARN, "TopicName": _NAME},
    "AWS::S3::Bucket": {"Ref": _NAME, "Arn": "arn:${AWS::Partition}:s3:::${id}"},
    "AWS::IAM::Role": {"Ref": _NAME, "Arn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${id}"},
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::StepFunctions::StateMachine": {"Ref": _MACHINE_ARN, "Arn": _MACHINE_ARN, "Name": _NAME},
    "AWS::Kinesis::Stream": {"Ref": _NAME, "Arn": _arn("kinesis", "stream/${id}")},
    "AWS::Logs::LogGroup": {"Ref": _NAME, "Arn": _arn("logs", "log-group:${id}:*")},
    "AWS::CloudWatch::Alarm": {"Ref": _NAME, "Arn": _arn("cloudwatch", "alarm:${id}")},
    "AWS::CloudWatch::CompositeAlarm": {"Ref": _NAME, "Arn": _arn("cloudwatch", "alarm:${id}")},
    "AWS::CloudWatch::Dashboard": {"Ref": _NAME},
    "AWS::Events::Rule": {"Arn": _arn("events", "rule/${id}")},
    "AWS::Events::EventBus": {"Ref": _NAME, "Name": _NAME, "Arn": _arn("events", "event-bus/${id}")},
    "AWS::KMS::Key": {"Ref": _NAME, "KeyId": _NAME, "Arn": _arn("kms", "key/${id}")},
    "AWS::Cognito::UserPool": {"Ref": _NAME, "Arn": _arn("cognito-idp", "userpool/${id}")},
    "AWS::CodeDeploy::Application": {"Ref": _NAME},
    "AWS::CodeDeploy::DeploymentGroup": {"Ref": _NAME},
    "AWS::ApiGateway::RestApi": {"Ref": _NAME, "RestApiId": _NAME},
    "AWS::ApiGatewayV2::Api": {"Ref": _NAME, "ApiId": _NAME},
}

_HAS_SLASHES = ("AWS::Logs::LogGroup",)
_PSEUDO = re.compile(r"\$\{(AWS::\w+)\}")
_FIELD = re.compile(r"(?<!\$)\{(\w+)\}")
_FUNCTION_ARN = re.compile(r"arn:.*?:lambda:.*?:function:([^:]+)$")


def symbol(
    logical_id: str,
    resource_type: str,
    *,
    attribute: str,
    property_of: Callable[[str], Any],
    known: Mapping[str, Any],
) -> Symbolic:
    """What Ref (``attribute`` is "Ref") or GetAtt returns.

    ``property_of`` resolves a property of the resource; ``known`` are pseudo parameters, of which those that are text
    are filled in.
    """
    form = FORMS.get(resource_type, {}).get(attribute)
    if form is None:
        return Symbolic(f"${{{logical_id}}}" if attribute == "Ref" else f"${{{logical_id}.{attribute}}}", (logical_id,))
    form = _PSEUDO.sub(lambda found: _text_or(known.get(found[1]), found[0]), form).replace("${id", f"${{{logical_id}")
    parts: list[Any] = []
    for index, piece in enumerate(_FIELD.split(form)):
        parts.append(_field(property_of, piece, logical_id=logical_id) if index % 2 else piece)
    filled = join(parts)
    others = filled.refers_to if isinstance(filled, Symbolic) else ()
    return Symbolic(str(filled), tuple(dict.fromkeys((logical_id, *others))))


def _text_or(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _field(property_of: Callable[[str], Any], name: str, *, logical_id: str) -> Any:
    value = property_of(name)
    if name == "FunctionName":
        return _function_name(value) or Symbolic(f"${{{logical_id}.{name}}}", (logical_id,))
    return value if isinstance(value, str | Symbolic) else Symbolic(f"${{{logical_id}.{name}}}", (logical_id,))


def _function_name(value: Any) -> str | Symbolic | None:
    """The name in what FunctionName says: a name or an ARN."""
    if not isinstance(value, str | Symbolic):
        return None
    found = _FUNCTION_ARN.search(str(value))
    if not found:
        return value if "arn:" not in str(value) else None
    return Symbolic(found[1], value.refers_to) if isinstance(value, Symbolic) else found[1]


def is_named_by_ref(resource_type: str) -> bool:
    """Whether ``${Id}`` of this type is a plain name, in which neither a colon nor a slash can be."""
    return _NAME in FORMS.get(resource_type, {}).values() and resource_type not in _HAS_SLASHES
