"""The audit as a plugin of ``synth``: what the rules find in the templates and their code, as the CDK reports it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import aws_cdk as cdk
import jsii

from headstart.model.audit import AuditResult
from headstart.model.finding import Finding

Audit = Callable[[Sequence[Path]], AuditResult]


@jsii.implements(cdk.IPolicyValidationPlugin)
class PolicyValidation:
    """Fails ``synth`` where ``is_refused`` says so of what ``audit`` answers about the stacks' templates."""

    def __init__(self, audit: Audit, *, is_refused: Callable[[AuditResult], bool]) -> None:
        self._audit = audit
        self._is_refused = is_refused

    @property
    def name(self) -> str:
        """What the CDK calls it in its report."""
        return "headstart audit"

    @property
    def version(self) -> str | None:
        """None: it is Headstart's own."""
        return None

    @property
    def rule_ids(self) -> list[str] | None:
        """None: the rules are those that run."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Audit all stacks of the app together."""
        templates = [Path(each.template_path) for each in context.stack_templates]
        result = self._audit(templates)
        return cdk.PolicyValidationPluginReport(
            success=not self._is_refused(result),
            violations=list(_violations(result, {str(each) for each in templates})),
        )


def _violations(result: AuditResult, templates: set[str]) -> Iterator[cdk.PolicyViolation]:
    """One for each rule, severity and remedy, with all that it was found in."""
    ranked = sorted(result.findings, key=lambda each: (-each.severity, each.rule, each.remedy))
    for (severity, rule, remedy), alike in groupby(ranked, key=lambda each: (each.severity, each.rule, each.remedy)):
        findings = list(alike)
        yield cdk.PolicyViolation(
            rule_name=rule,
            severity=severity.word,
            description="; ".join(dict.fromkeys(_told(each, templates) for each in findings)),
            fix=remedy,
            violating_resources=[_resource(each, templates) for each in findings],
        )


def _told(finding: Finding, templates: set[str]) -> str:
    """The CDK prints no place but a construct's."""
    return finding.message if finding.place.file in templates else f"{finding.place}: {finding.message}"


def _resource(finding: Finding, templates: set[str]) -> cdk.PolicyViolatingResource:
    is_of_template = finding.place.file in templates
    is_path = "/" in finding.subject
    return cdk.PolicyViolatingResource(
        locations=[str(finding.place)],
        construct_path=finding.subject if is_of_template and is_path else None,
        resource_logical_id=finding.subject if is_of_template and not is_path else None,
        template_path=finding.place.file if is_of_template else None,
    )
