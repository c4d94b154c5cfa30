"""Provisioned concurrency on $LATEST.

An alias with provisioned concurrency points to $LATEST, or a scalable target names it.

*Why it costs.* Lambda allocates provisioned concurrency for a published version only, itself or by an alias: the
deployment fails.

*Use instead.* Publish a version (AWS::Lambda::Version, AutoPublishAlias in SAM, ``current_version`` in CDK), and have
the alias point to it.

*Evidence.* No linter tried reports an alias to $LATEST with provisioned concurrency (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import scalable_targets, target_of
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS105", name="provisioned-on-latest", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))
_LATEST = "$LATEST"


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alias to $LATEST that is provisioned, and for each scalable target of $LATEST."""
    for infrastructure in subject.infrastructures:
        for alias in infrastructure.aliases:
            if alias.version == _LATEST and (alias.provisioned or target_of(infrastructure, alias)):
                yield RULE.finding(
                    f"alias {alias.name} points to $LATEST, which cannot have provisioned concurrency",
                    "publish a version and have the alias point to it",
                    place=alias.resource.place_of("FunctionVersion"),
                    subject=alias.resource.id,
                )
    for _, target in scalable_targets(subject):
        if target.qualifier == _LATEST:
            yield RULE.finding(
                f"{target.resource.id} scales $LATEST, which cannot have provisioned concurrency",
                "scale an alias that points to a published version",
                place=target.resource.place_of("ResourceId"),
                subject=target.resource.id,
            )
