"""Topics, queues, log groups and deployments; then any resource by the rule that the CDK's names follow."""

from typing import Any, Final

from headstart.infra.program.resources import words
from headstart.infra.program.resources.call import Call, Maker, Table, field
from headstart.infra.program.resources.event_sources import arn_of
from headstart.infra.program.values import Given, Made, Outside
from headstart.model.infrastructure import Symbolic

_TOPIC: Final[Table] = {
    "topic_name": (("TopicName",), words.plain),
    "display_name": (("DisplayName",), words.plain),
}
_QUEUE: Final[Table] = {
    "queue_name": (("QueueName",), words.plain),
    "visibility_timeout": (("VisibilityTimeout",), words.seconds),
}
_LOG_GROUP: Final[Table] = {
    "log_group_name": (("LogGroupName",), words.plain),
    "retention": (("RetentionInDays",), words.retention_days),
}
_SERVICES: Final = {
    "apigateway": "ApiGateway",
    "apigatewayv2": "ApiGatewayV2",
    "applicationautoscaling": "ApplicationAutoScaling",
    "cloudwatch": "CloudWatch",
    "codedeploy": "CodeDeploy",
    "docdb": "DocDB",
    "dynamodb": "DynamoDB",
    "ec2": "EC2",
    "elasticache": "ElastiCache",
    "iam": "IAM",
    "msk": "MSK",
    "rds": "RDS",
    "s3": "S3",
    "sns": "SNS",
    "sqs": "SQS",
    "stepfunctions": "StepFunctions",
}
_ABBREVIATED: Final = {"RoleArn": "RoleARN", "OkActions": "OKActions"}


def topic(call: Call) -> Made:
    """A ``Topic``, with a policy where it asks for TLS."""
    draft = call.draft("AWS::SNS::Topic")
    call.fill(draft, _TOPIC)
    if call.value("enforce_ssl") is True:
        _policy(call, draft.id, path=call.path)
    return call.made("topic", draft)


def add_policy(call: Call) -> None:
    """``topic.add_to_resource_policy``."""
    _policy(call, call.owner.id, path=call.owner.path)


def _policy(call: Call, topic_id: str, *, path: tuple[str, ...]) -> None:
    policy = call.draft("AWS::SNS::TopicPolicy", "Policy", path=path)
    policy.set(("Topics",), [Symbolic(f"${{{topic_id}}}", (topic_id,))], place=call.place)


def subscribe(call: Call) -> None:
    """``topic.add_subscription``."""
    subscription = call.draft("AWS::SNS::Subscription", f"Subscription{call.place.line}", path=call.owner.path)
    to = call.value("subscription", 0)
    invoked = to.value("fn", 0) if isinstance(to, Made) else None
    is_function = isinstance(invoked, Made) and invoked.kind in ("function", "alias", "version")
    endpoint = arn_of(invoked) if isinstance(invoked, Made) and is_function and invoked.draft else Symbolic("${?}")
    subscription.set(("TopicArn",), call.owner, place=call.place)
    subscription.set(("Endpoint",), endpoint, place=call.place)


def queue(call: Call) -> Made:
    """A ``Queue``, with its queue of dead letters."""
    draft = call.draft("AWS::SQS::Queue")
    call.fill(draft, _QUEUE)
    if given := call.given("dead_letter_queue"):
        dead = field(given.value, "queue")
        arn = dead.ref("Arn") if isinstance(dead, Made) and dead.draft is not None else Symbolic("${queue}")
        most = field(given.value, "max_receive_count")
        draft.set(("RedrivePolicy", "deadLetterTargetArn"), arn, place=given.place)
        draft.set(("RedrivePolicy", "maxReceiveCount"), most, place=given.place)
    return call.made("queue", draft)


def log_group(call: Call) -> Made:
    """A ``LogGroup``, which the CDK keeps two years unless it says otherwise."""
    draft = call.draft("AWS::Logs::LogGroup")
    call.fill(draft, _LOG_GROUP)
    if "retention" not in call.keywords:
        draft.set(("RetentionInDays",), words.RETENTION_DAYS_DEFAULT, place=call.place)
    return call.made("log_group", draft)


def deployment(call: Call) -> Made:
    """A ``LambdaDeploymentGroup``, and what it adds to its alias."""
    draft = call.draft("AWS::CodeDeploy::DeploymentGroup")
    config = call.given("deployment_config") or call.at(Outside("CANARY_10_PERCENT_5_MINUTES"))
    name = f"CodeDeployDefault.Lambda{words.camel(config.value)}" if isinstance(config.value, Outside) else config.value
    draft.set(("DeploymentConfigName",), name, place=config.place)
    if alarms := call.given("alarms"):
        for index, each in enumerate(alarms.value if isinstance(alarms.value, list | tuple) else ()):
            draft.set(("AlarmConfiguration", "Alarms", index, "Name"), each, place=alarms.place)
        if not isinstance(alarms.value, list | tuple):
            draft.set(("AlarmConfiguration", "Alarms"), Symbolic("${alarms}"), place=alarms.place)
    alias = call.value("alias")
    if isinstance(alias, Made) and alias.draft is not None:
        update = {"DeploymentGroupName": Symbolic(f"${{{draft.id}}}", (draft.id,))}
        if "pre_hook" in call.keywords:
            update["BeforeAllowTrafficHook"] = Symbolic("${hook}")
        alias.draft.update_policy["CodeDeployLambdaAliasUpdate"] = update
    return call.made("deployment", draft)


def add_alarm(call: Call) -> None:
    """``group.add_alarm``."""
    draft = call.owner.draft
    path = ("AlarmConfiguration", "Alarms")
    index = len(draft.properties.get("AlarmConfiguration", {}).get("Alarms", []))
    call.machine.change(draft, (*path, index, "Name"), to=call.given("alarm", 0) or call.at(None))


def from_cloudformation(call: Call) -> Made:
    """A construct of the CDK's lowest level, ``CfnAlarm``, which says all by CloudFormation's own names."""
    module, _, name = call.name.rpartition(".")
    draft = call.draft(f"AWS::{_service(module)}::{name.removeprefix('Cfn')}")
    _write(call, draft, given=call.keywords)
    return call.made("cfn", draft)


def other_resource(call: Call) -> Made:
    """A construct that is not looked at closely: its plain keywords, by their likely names."""
    module, _, name = call.name.rpartition(".")
    draft = call.draft(f"AWS::{_service(module)}::{name}")
    plain = {key: each for key, each in call.keywords.items() if isinstance(each.value, str | int | float | bool)}
    _write(call, draft, given=plain)
    return call.made("", draft)


def _write(call: Call, draft: Any, *, given: dict[str, Given]) -> None:
    for keyword, each in given.items():
        if keyword not in ("scope", "id"):
            draft.set((_pascal(keyword),), _struct(each.value), place=each.place)
    if call.is_open:
        draft.recorder.note(draft.id, "arguments by * or ** that are not followed", place=call.place)


def _struct(value: Any) -> Any:
    """Structs such as ``CfnAlarm.DimensionProperty`` as mappings."""
    if isinstance(value, list | tuple):
        return [_struct(each) for each in value]
    if isinstance(value, Made) and value.draft is None and ".Cfn" in value.type:
        return {_pascal(name): _struct(given.value) for name, given in value.given.items()}
    return value


def _pascal(name: str) -> str:
    found = "".join(word[:1].upper() + word[1:] for word in name.rstrip("_").split("_"))
    return _ABBREVIATED.get(found, found)


def _service(module: str) -> str:
    short = module.rpartition(".")[2].removeprefix("aws_").removesuffix("_alpha")
    return _SERVICES.get(short, short.capitalize())


MAKERS: Final[dict[str, Maker]] = {
    "aws_cdk.aws_sns.Topic": topic,
    "aws_cdk.aws_sqs.Queue": queue,
    "aws_cdk.aws_logs.LogGroup": log_group,
    "aws_cdk.aws_codedeploy.LambdaDeploymentGroup": deployment,
}
METHODS: Final[dict[tuple[str, str], Maker]] = {
    ("topic", "add_subscription"): subscribe,
    ("topic", "add_to_resource_policy"): add_policy,
    ("deployment", "add_alarm"): add_alarm,
}
