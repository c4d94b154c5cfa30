"""References of a template, and the policies that several resources have, as CloudFormation writes them in JSON."""

from typing import Any, Final

Resource = dict[str, Any]
Resources = dict[str, Resource]

POLICY_VERSION: Final = "2012-10-17"


def ref(logical_id: str) -> dict[str, str]:
    """What a resource's Ref is: its name, ARN or URL, as its page says."""
    return {"Ref": logical_id}


def attribute(logical_id: str, name: str) -> dict[str, list[str]]:
    """An attribute of a resource."""
    return {"Fn::GetAtt": [logical_id, name]}


def sub(text: str) -> dict[str, str]:
    """A text with ``${Id}`` and ``${Id.Attribute}`` in it."""
    return {"Fn::Sub": text}


def resource(kind: str, properties: dict[str, Any], **around: Any) -> Resource:
    """A resource of ``AWS::kind``; ``around`` is what stands beside its properties."""
    return {"Type": f"AWS::{kind}", **around, **({"Properties": properties} if properties else {})}


def given(**properties: Any) -> dict[str, Any]:
    """The properties that are not None."""
    return {name: value for name, value in properties.items() if value is not None}


def role(service: str, *managed_policies: str, **properties: Any) -> Resource:
    """A role that ``service`` may take."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policies = [sub(f"arn:${{AWS::Partition}}:iam::aws:policy/service-role/{name}") for name in managed_policies]
    return resource(
        "IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": POLICY_VERSION, "Statement": [trust]},
            "ManagedPolicyArns": policies,
            **properties,
        },
    )


def tls_alone(action: str, target: Any, *, principal: Any, **said: str) -> dict[str, Any]:
    """The statement that denies what does not come encrypted."""
    return {
        **said,
        "Effect": "Deny",
        "Principal": principal,
        "Action": action,
        "Resource": target,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
