"""What a stack synthesizes, and what it refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headstart.cdk import cdk

Resource = dict[str, Any]
_REFUSAL = re.compile(r"  \[(.*?)\] (.*)")


def synthesized(stack: cdk.Stack) -> dict[str, Resource]:
    """The resources of the stack by their logical ids."""
    assembly = cdk.App.of(stack).synth()  # type: ignore[union-attr]
    template = json.loads(Path(assembly.get_stack_by_name(stack.stack_name).template_full_path).read_text())
    resources: dict[str, Resource] = template["Resources"]
    return resources


def of_type(resources: dict[str, Resource], kind: str) -> dict[str, Resource]:
    """The resources of a type, such as ``Lambda::Alias``, by their logical ids."""
    return {name: resource for name, resource in resources.items() if resource["Type"] == f"AWS::{kind}"}


def the_one(resources: dict[str, Resource], kind: str) -> Resource:
    """The only resource of a type."""
    (resource,) = of_type(resources, kind).values()
    return resource


def refused(stack: cdk.Stack) -> list[tuple[str, str]]:
    """What synth refuses, as (construct path, sentence)."""
    with pytest.raises(RuntimeError, match="Validation failed") as caught:
        cdk.App.of(stack).synth()  # type: ignore[union-attr]
    return _REFUSAL.findall(str(caught.value))


def as_text(value: Any) -> str:
    """What Fn::Join puts together, with ``${Id}`` or ``${Id.Attribute}`` for what only a deployment knows."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return argument[0].join(map(as_text, argument[1]))
    return "${" + (argument if isinstance(argument, str) else ".".join(map(str, argument))) + "}"
