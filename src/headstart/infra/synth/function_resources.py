"""The function of a plan in plain CloudFormation: log, role, layers, version, alias, and the queue of failed events."""

from typing import Any, Final

from headstart.infra.synth import fingerprint
from headstart.infra.synth.intrinsics import (
    POLICY_VERSION,
    Resource,
    Resources,
    attribute,
    given,
    ref,
    resource,
    role,
    sub,
    tls_alone,
)
from headstart.infra.synth.plan import StackPlan
from headstart.model import limits

_QUEUE_DAYS: Final = 14
_SEND: Final = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
_TRACE: Final = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def of(plan: StackPlan) -> Resources:
    """The function and what belongs to it, by logical ids."""
    found = {
        **log_and_layers(plan, layer="Lambda::LayerVersion", content="Content"),
        f"{plan.function_id}ServiceRole": _role(plan),
        **_policy(plan),
        plan.function_id: _function(plan),
        version_id(plan): resource(
            "Lambda::Version",
            {"FunctionName": ref(plan.function_id)},
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        ),
        f"{plan.id}Alias": _alias(plan),
    }
    if plan.table.failed_events:
        found |= queue(plan) | {f"{plan.id}AliasEventInvokeConfig": _event_invoke_config(plan)}
    return found


def version_id(plan: StackPlan) -> str:
    """The logical id of the version: another one for another function, for else none is published."""
    return f"{plan.function_id}CurrentVersion{fingerprint.of(plan, shared_properties(plan))}"


def log_and_layers(plan: StackPlan, *, layer: str, content: str) -> Resources:
    """The log group, and a resource of type ``layer`` for each layer, whose folder is its property ``content``."""
    found: Resources = {
        f"{plan.id}Logs": resource(
            "Logs::LogGroup",
            {"RetentionInDays": plan.table.log_retention_days},
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
    }
    for number, path in enumerate(plan.package.layers, start=1):
        found[layer_id(plan, number)] = resource(layer, {content: path})
    return found


def layer_id(plan: StackPlan, number: int) -> str:
    """The logical id of a layer."""
    return f"{plan.id}Layer{number}"


def shared_properties(plan: StackPlan) -> dict[str, Any]:
    """What a function has under the same names in CloudFormation and in SAM."""
    spec, table = plan.spec, plan.table
    return given(
        Handler=spec.handler,
        Runtime=spec.runtime,
        Architectures=[spec.architecture.value],
        MemorySize=spec.memory.mb,
        Timeout=spec.timeout_s,
        EphemeralStorage={"Size": spec.ephemeral_storage_mb},
        Environment={"Variables": dict(spec.environment)} if spec.environment else None,
        Layers=[ref(layer_id(plan, number)) for number, _ in enumerate(plan.package.layers, start=1)] or None,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": spec.application_log_level or "INFO",
            "LogGroup": ref(f"{plan.id}Logs"),
        },
        ReservedConcurrentExecutions=table.reserved,
        VpcConfig=None
        if table.vpc is None
        else {"SubnetIds": list(table.vpc.subnet_ids), "SecurityGroupIds": list(table.vpc.security_group_ids)},
    )


def queue(plan: StackPlan) -> Resources:
    """The queue of failed events, which takes TLS alone."""
    name = f"{plan.id}FailedEvents"
    statement = tls_alone("sqs:*", attribute(name, "Arn"), principal={"AWS": "*"})
    return {
        name: resource(
            "SQS::Queue",
            {"MessageRetentionPeriod": _QUEUE_DAYS * 24 * 3600},
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
        ),
        f"{name}Policy": resource(
            "SQS::QueuePolicy",
            {"Queues": [ref(name)], "PolicyDocument": {"Version": POLICY_VERSION, "Statement": [statement]}},
        ),
    }


def _function(plan: StackPlan) -> Resource:
    properties = {
        "Code": plan.package.path,
        **shared_properties(plan),
        "Role": attribute(f"{plan.function_id}ServiceRole", "Arn"),
        **({"TracingConfig": {"Mode": "Active"}} if plan.table.tracing else {}),
    }
    needed = [f"{plan.function_id}ServiceRoleDefaultPolicy"] if _statements(plan) else []
    return resource("Lambda::Function", properties, **({"DependsOn": needed} if needed else {}))


def _role(plan: StackPlan) -> Resource:
    vpc = ["AWSLambdaVPCAccessExecutionRole"] if plan.table.vpc else []
    return role("lambda", "AWSLambdaBasicExecutionRole", *vpc)


def _policy(plan: StackPlan) -> Resources:
    name = f"{plan.function_id}ServiceRoleDefaultPolicy"
    if not _statements(plan):
        return {}
    document = {"Version": POLICY_VERSION, "Statement": _statements(plan)}
    roles = [ref(f"{plan.function_id}ServiceRole")]
    return {name: resource("IAM::Policy", {"PolicyName": name, "Roles": roles, "PolicyDocument": document})}


def _statements(plan: StackPlan) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = []
    if plan.table.tracing:
        statements.append({"Effect": "Allow", "Action": _TRACE, "Resource": "*"})
    if plan.table.failed_events:
        target = attribute(f"{plan.id}FailedEvents", "Arn")
        statements.append({"Effect": "Allow", "Action": _SEND, "Resource": target})
    return statements


def _alias(plan: StackPlan) -> Resource:
    provisioned = plan.table.provisioned
    properties = given(
        FunctionName=ref(plan.function_id),
        FunctionVersion=attribute(version_id(plan), "Version"),
        Name=plan.table.alias,
        ProvisionedConcurrencyConfig=provisioned and {"ProvisionedConcurrentExecutions": provisioned.executions},
    )
    if plan.table.shift is None:
        return resource("Lambda::Alias", properties)
    update = {
        "ApplicationName": ref(f"{plan.id}DeploymentGroupApplication"),
        "DeploymentGroupName": ref(f"{plan.id}DeploymentGroup"),
    }
    return resource("Lambda::Alias", properties, UpdatePolicy={"CodeDeployLambdaAliasUpdate": update})


def _event_invoke_config(plan: StackPlan) -> Resource:
    return resource(
        "Lambda::EventInvokeConfig",
        {
            "FunctionName": ref(plan.function_id),
            "Qualifier": plan.table.alias,
            "MaximumRetryAttempts": limits.ASYNC_RETRIES_MAX,
            "MaximumEventAgeInSeconds": limits.ASYNC_EVENT_AGE_S_MAX,
            "DestinationConfig": {"OnFailure": {"Destination": attribute(f"{plan.id}FailedEvents", "Arn")}},
        },
        DependsOn=[f"{plan.id}Alias"],
    )


def alias_text(plan: StackPlan) -> dict[str, str]:
    """The dimension Resource of what is invoked through the alias."""
    return sub(f"${{{plan.function_id}}}:{plan.table.alias}")
