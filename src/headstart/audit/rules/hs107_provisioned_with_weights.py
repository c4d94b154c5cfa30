"""Provisioned concurrency on an alias that splits its traffic.

An alias has RoutingConfig, so two versions share its traffic, and provisioned concurrency.

*Why it costs.* "Alias with weights can not be used with Provisioned Concurrency": the deployment fails, or a later
change of the amount does.

*Use instead.* Let CodeDeploy shift the traffic (UpdatePolicy with CodeDeployLambdaAliasUpdate, DeploymentPreference in
SAM): it sets weights at run time and the template has none.

*Evidence.* The error text is Lambda's. cfn-lint reports the pair in one alias (E3020), not through a scalable target.

Source: https://github.com/hashicorp/terraform/issues/24957,
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import target_of
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS107", name="provisioned-with-weights", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alias that has both."""
    for infrastructure in subject.infrastructures:
        for alias in infrastructure.aliases:
            if alias.weights and (alias.provisioned or target_of(infrastructure, alias)):
                yield RULE.finding(
                    f"alias {alias.name} has weights and provisioned concurrency, which Lambda refuses together",
                    "leave RoutingConfig out and let CodeDeploy shift the traffic",
                    place=alias.resource.place_of("RoutingConfig"),
                    subject=alias.resource.id,
                )
