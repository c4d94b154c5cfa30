"""A scalable target that is not ordered after its alias.

The scalable target names an alias of the template by text alone, so that CloudFormation may create it first.

*Why it costs.* Both are created at once, and the deployment fails with "Cannot find alias arn" when the alias is
later: most often on the first deployment, or in another Region.

*Use instead.* A reference to the alias in ResourceId (the parts of its Ref by Fn::Select and Fn::Split, as CDK's
``alias.add_auto_scaling`` writes it), or DependsOn.

*Evidence.* The report of CDK's users; no linter tried sees it (2026-11-23).

Source: https://github.com/aws/aws-cdk/issues/7903
"""

from collections.abc import Iterator

from headstart.audit.concurrency import alias_of, scalable_targets
from headstart.audit.edits import setting_key
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS104", name="scaling-before-alias", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each scalable target whose alias may not be there yet."""
    for infrastructure, target in scalable_targets(subject):
        alias = alias_of(infrastructure, target)
        if alias is not None and target.is_after_alias is False:
            order = sorted({*target.resource.depends_on, alias.resource.id})
            yield RULE.finding(
                f"{target.resource.id} may be created before the alias {alias.resource.id} that it scales",
                f"add DependsOn: {alias.resource.id}, or refer to the alias in ResourceId",
                place=target.resource.place_of("ResourceId"),
                subject=target.resource.id,
                edits=setting_key(target.resource, "DependsOn", to=order),
            )
