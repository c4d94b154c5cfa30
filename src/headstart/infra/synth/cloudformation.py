"""Writes a plan as a plain CloudFormation template, for ``aws cloudformation package`` and ``deploy``."""

from typing import Any, Final

from headstart.infra.synth import (
    alarm_resources,
    dashboard_resources,
    deployment_resources,
    function_resources,
    scaling_resources,
    template_text,
)
from headstart.infra.synth.intrinsics import Resources, ref
from headstart.infra.synth.plan import StackPlan

FILE: Final = "template.yaml"
_FORMAT: Final = "2010-09-09"
# cfn-lint's warning that a template has to be packaged first, which README.md says.
_METADATA: Final = {"cfn-lint": {"config": {"ignore_checks": ["W3002"]}}}


def render(plan: StackPlan) -> str:
    """The text of the template."""
    resources = {
        **function_resources.of(plan),
        **beside(plan, alias_id=f"{plan.id}Alias"),
        **deployment_resources.of(plan),
    }
    version = function_resources.version_id(plan)
    comments = {
        **comments_of(plan),
        ("Resources", version): "another id is another version: headstart synth --force gives one to code that changed",
    }
    template = document(plan, resources, alias=ref(f"{plan.id}Alias"), Metadata=_METADATA)
    return template_text.render(template, header=header(plan), comments=comments)


def beside(plan: StackPlan, *, alias_id: str) -> Resources:
    """What is the same whichever template it stands in."""
    queue = function_resources.queue(plan) if plan.table.failed_events else {}
    return {
        **queue,
        **scaling_resources.of(plan, alias_id=alias_id),
        **alarm_resources.of(plan),
        **dashboard_resources.of(plan),
    }


def document(plan: StackPlan, resources: Resources, *, alias: dict[str, str], **said: Any) -> dict[str, Any]:
    """The template of ``resources``, whose output is ``alias``, the ARN of the alias."""
    return {
        "AWSTemplateFormatVersion": _FORMAT,
        **said,
        "Description": f"{plan.spec.name}, with its alarms",
        "Resources": resources,
        "Outputs": {"Alias": {"Description": "invoke the function through it", "Value": alias}},
    }


def comments_of(plan: StackPlan) -> dict[tuple[str, ...], str]:
    """What is said of the settings that a measurement speaks of."""
    function = ("Resources", plan.function_id, "Properties")
    said: dict[tuple[str, ...], str] = {
        (*function, "MemorySize"): plan.comments["memory_mb"],
        (*function, "Timeout"): plan.comments["timeout_s"],
    }
    for alarm in plan.alarms:
        if alarm.name == "Duration":
            place = ("Resources", alarm_resources.alarm_id(plan, alarm), "Properties", "Threshold")
            said[place] = f"ms; {plan.comments['duration_percent']}"
    return said


def header(plan: StackPlan) -> str:
    """What stands at the top of the template."""
    written = f"written by headstart synth {plan.version}; it is yours from here on"
    return f"The infrastructure of {plan.spec.name}, {written}.\nREADME.md says how it is deployed."
