"""A role of one's own for scaling Lambda.

A scalable target of provisioned concurrency names an IAM role that the template creates for it.

*Why it costs.* Application Auto Scaling uses its service-linked role for Lambda whatever is given. The other is one
more thing to create, review and keep, and it looks as if its permissions mattered.

*Use instead.* Leave RoleARN out, or CDK's ``alias.add_auto_scaling``, which names the service-linked role.

*Evidence.* CDK's low-level ``ScalableTarget`` creates such a role (ScalableTargetRole…) by itself.

Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
(2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import scalable_targets
from headstart.audit.edits import removing
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Symbolic

RULE = Rule(id="HS121", name="own-scaling-role", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each scalable target with a role of the same template."""
    for infrastructure, target in scalable_targets(subject):
        given = target.resource.get("RoleARN")
        named = [infrastructure.resources.get(name) for name in given.refers_to] if isinstance(given, Symbolic) else []
        if role := next((one for one in named if one and one.type == "AWS::IAM::Role"), None):
            yield RULE.finding(
                f"{target.resource.id} is given the role {role.id}; Lambda is scaled by the service-linked role",
                "leave RoleARN out",
                place=target.resource.place_of("RoleARN"),
                subject=target.resource.id,
                edits=removing(target.resource, ("RoleARN",)),
            )
