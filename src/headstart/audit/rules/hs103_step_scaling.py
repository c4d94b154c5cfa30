"""Step scaling of provisioned concurrency.

A scaling policy of type StepScaling on Lambda's provisioned concurrency.

*Why it costs.* Lambda is not among the services that step scaling supports: the capacity does not follow the load,
which is found out under load.

*Use instead.* Target tracking (LambdaProvisionedConcurrencyUtilization, or a metric of your own), scheduled actions, or
both.

*Evidence.* CDK's ``scale_on_metric`` emits it for a Lambda alias without a word; no linter tried reports it
(2026-11-23).

Source: https://docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-lambda.html
(2026-11-23), and the limitations at
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-step-scaling-policies.html
"""

from collections.abc import Iterator

from headstart.audit.concurrency import policies_of, scalable_targets
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS103", name="step-scaling", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each step scaling policy."""
    for infrastructure, target in scalable_targets(subject):
        for policy in policies_of(infrastructure, target):
            if policy.policy_type == "StepScaling":
                yield RULE.finding(
                    f"{policy.resource.id} is step scaling, which Lambda's provisioned concurrency does not have",
                    "use target tracking on LambdaProvisionedConcurrencyUtilization, or scheduled actions",
                    place=policy.resource.place_of("PolicyType"),
                    subject=policy.resource.id,
                )
