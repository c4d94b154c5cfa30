"""Target tracking on average utilization.

The predefined metric LambdaProvisionedConcurrencyUtilization is tracked as an average over a minute, and so is a metric
of your own with that statistic. It is information: under even load the average does well.

*Why it costs.* A minute in which 10 of 10 environments were busy for some seconds averages well below the target, so
nothing scales while requests spill over and start cold. Scaling out takes three such minutes and about 100 s more.

*Use instead.* CustomizedMetricSpecification with ProvisionedConcurrencyUtilization, dimensions FunctionName and
Resource, Statistic Maximum, where load comes in peaks.

*Evidence.* Under Poisson load of 10 busy on average with 15 provisioned the average reads 0.71, on target, while 3.6 %
of the requests spill over (Erlang B). Users ask for the maximum since 2022 (aws-cdk#23088).

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23),
https://github.com/aws/aws-cdk/issues/23088
"""

from collections.abc import Iterator

from headstart.audit.concurrency import policies_of, scalable_targets
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import ScalingPolicy

RULE = Rule(id="HS110", name="average-utilization", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_CONFIGURATION = "TargetTrackingScalingPolicyConfiguration"


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each policy that tracks the average."""
    for infrastructure, target in scalable_targets(subject):
        for policy in policies_of(infrastructure, target):
            if _is_average(policy):
                yield RULE.finding(
                    f"{policy.resource.id} tracks the average of a minute: a peak within it is not seen",
                    "where load comes in peaks, track ProvisionedConcurrencyUtilization with Statistic: Maximum",
                    place=policy.resource.place_of(_CONFIGURATION, _specification(policy)),
                    subject=policy.resource.id,
                )


def _is_average(policy: ScalingPolicy) -> bool:
    own = policy.custom_metric
    is_own = own is not None and own.name == "ProvisionedConcurrencyUtilization" and own.statistic == "Average"
    return policy.predefined_metric == "LambdaProvisionedConcurrencyUtilization" or is_own


def _specification(policy: ScalingPolicy) -> str:
    return "PredefinedMetricSpecification" if policy.predefined_metric else "CustomizedMetricSpecification"
