"""Provisioned concurrency twice for one version.

Two aliases that point to one version both have provisioned concurrency, or an alias and the version itself.

*Why it costs.* A version can have one such configuration: the second fails on deployment.

*Use instead.* One alias with provisioned concurrency for the version, and all callers through it.

*Evidence.* Documented; no linter tried reports it (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
"""

from collections import defaultdict
from collections.abc import Iterator

from headstart.audit.concurrency import Qualified
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Infrastructure

RULE = Rule(id="HS124", name="provisioned-twice", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each configuration beyond a version's first."""
    for infrastructure in subject.infrastructures:
        for (_, version), (first, *others) in _by_version(infrastructure).items():
            for other in others:
                yield RULE.finding(
                    f"{first.resource.id} and {other.resource.id} both provision version {version}: it can be one",
                    "provision one of them and send all callers through it",
                    place=other.resource.place_of("ProvisionedConcurrencyConfig"),
                    subject=other.resource.id,
                )


def _by_version(infrastructure: Infrastructure) -> dict[tuple[str, str], list[Qualified]]:
    """What is provisioned, by function and version: the version's logical id, or its number."""
    found: dict[tuple[str, str], list[Qualified]] = defaultdict(list)
    for version in infrastructure.versions:
        if version.provisioned:
            found[version.function, version.resource.id].append(version)
    for alias in infrastructure.aliases:
        is_known = alias.version in infrastructure.resources or alias.version.isdecimal()
        if alias.provisioned and is_known:
            found[alias.function, alias.version].append(alias)
    return found
