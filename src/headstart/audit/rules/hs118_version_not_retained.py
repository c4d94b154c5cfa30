"""A published version that goes when the next one comes.

A version that an alias points to has no DeletionPolicy: Retain. It is a warning where the alias is deployed gradually,
and information elsewhere (it is what CDK does unless told otherwise).

*Why it costs.* CloudFormation deletes the previous version once the alias has moved on, so that there is nothing left
to point the alias back to: a rollback is then a new deployment with its cold starts.

*Use instead.* DeletionPolicy and UpdateReplacePolicy: Retain; in CDK
``VersionOptions(removal_policy=RemovalPolicy.RETAIN)``. SAM's AutoPublishAlias retains by itself. Remove old versions
at times: their code counts towards the 75 GB.

*Evidence.* CDK 2.275 emits AWS::Lambda::Version without a DeletionPolicy.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.concurrency import is_gradually_deployed
from headstart.audit.declared import is_understood
from headstart.audit.edits import setting_key
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredVersion, Infrastructure

RULE = Rule(id="HS118", name="version-not-retained", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_RETAINING = ("Retain", "RetainExceptOnCreate")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each version that an alias points to and that is not kept."""
    for infrastructure in subject.infrastructures:
        for version in infrastructure.versions:
            yield from _unkept(infrastructure, version)


def _unkept(infrastructure: Infrastructure, version: DeclaredVersion) -> Iterator[Finding]:
    resource = version.resource
    aliases = [alias for alias in infrastructure.aliases if alias.version == resource.id]
    missing = [
        key
        for key, policy in (
            ("DeletionPolicy", resource.deletion_policy),
            ("UpdateReplacePolicy", resource.update_replace_policy),
        )
        if policy not in _RETAINING
    ]
    if not aliases or "DeletionPolicy" not in missing or not is_understood(infrastructure, resource):
        return
    finding = RULE.finding(
        f"{resource.id} is deleted once alias {aliases[0].name} has moved on: nothing is left to roll back to",
        "DeletionPolicy: Retain and UpdateReplacePolicy: Retain",
        place=resource.place,
        subject=resource.id,
        edits=tuple(edit for key in missing for edit in setting_key(resource, key, to="Retain")),
        is_safe=True,
    )
    is_rolled_back = any(is_gradually_deployed(alias) for alias in aliases)
    yield msgspec.structs.replace(finding, severity=Severity.WARNING) if is_rolled_back else finding
