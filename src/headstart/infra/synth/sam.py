"""Writes a plan as a SAM template: SAM makes the role, the version, the alias and the deployment group."""

from typing import Any, Final

from headstart.infra.synth import (
    alarm_resources,
    cloudformation,
    deployment_resources,
    function_resources,
    template_text,
)
from headstart.infra.synth.intrinsics import Resource, attribute, given, ref, sub
from headstart.infra.synth.plan import StackPlan
from headstart.model import limits

TRANSFORM: Final = "AWS::Serverless-2016-10-31"


def render(plan: StackPlan) -> str:
    """The text of the template."""
    version = attribute(f"{plan.function_id}.Version", "Version")
    resources = {
        **function_resources.log_and_layers(plan, layer="Serverless::LayerVersion", content="ContentUri"),
        plan.function_id: _function(plan),
        **cloudformation.beside(plan, alias_id=alias_id(plan)),
        **deployment_resources.config(plan),
        **alarm_resources.of_deployment(plan, version=version),
    }
    alias = sub(f"${{{plan.function_id}.Arn}}:{plan.table.alias}")
    template = cloudformation.document(plan, resources, alias=alias, Transform=TRANSFORM)
    comments = cloudformation.comments_of(plan)
    return template_text.render(template, header=cloudformation.header(plan), comments=comments)


def alias_id(plan: StackPlan) -> str:
    """The logical id that SAM gives to the alias.

    Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
    (2026-11-25)
    """
    return f"{plan.function_id}Alias{plan.table.alias.replace('-', 'D').replace('_', 'U')}"


def _function(plan: StackPlan) -> Resource:
    table = plan.table
    properties = {
        "CodeUri": plan.package.path,
        **function_resources.shared_properties(plan),
        **({"Tracing": "Active"} if table.tracing else {}),
        "AutoPublishAlias": table.alias,
        "AutoPublishAliasAllProperties": True,
        **given(
            ProvisionedConcurrencyConfig=table.provisioned
            and {"ProvisionedConcurrentExecutions": table.provisioned.executions},
            EventInvokeConfig=_event_invoke_config(plan) if table.failed_events else None,
            DeploymentPreference=_deployment(plan),
        ),
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def _event_invoke_config(plan: StackPlan) -> dict[str, Any]:
    destination = {"Type": "SQS", "Destination": attribute(f"{plan.id}FailedEvents", "Arn")}
    return {
        "MaximumRetryAttempts": limits.ASYNC_RETRIES_MAX,
        "MaximumEventAgeInSeconds": limits.ASYNC_EVENT_AGE_S_MAX,
        "DestinationConfig": {"OnFailure": destination},
    }


def _deployment(plan: StackPlan) -> dict[str, Any] | None:
    if plan.table.shift is None:
        return None
    name = deployment_resources.own_name(plan.table.shift)
    kind = name or ref(deployment_resources.config_id(plan))
    return {"Type": kind, "Alarms": [ref(each) for each in deployment_resources.watched(plan)]}
