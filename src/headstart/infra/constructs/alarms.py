"""One alarm, as it is planned and as it is made."""

import msgspec
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from headstart.infra.constructs.alarm_settings import Evaluation

_MISSING_DATA = {
    "notBreaching": cloudwatch.TreatMissingData.NOT_BREACHING,
    "breaching": cloudwatch.TreatMissingData.BREACHING,
    "ignore": cloudwatch.TreatMissingData.IGNORE,
    "missing": cloudwatch.TreatMissingData.MISSING,
}


class AlarmPlan(msgspec.Struct, frozen=True):
    """An alarm that fires above ``threshold``, which is in the metric's own unit."""

    name: str
    metric: cloudwatch.IMetric
    threshold: float
    description: str


def make(scope: Construct, plan: AlarmPlan, *, evaluation: Evaluation) -> cloudwatch.Alarm:
    """The alarm of a plan, with a generated name and without actions."""
    return cloudwatch.Alarm(
        scope,
        plan.name,
        metric=plan.metric,
        threshold=plan.threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        datapoints_to_alarm=evaluation.datapoints,
        evaluation_periods=evaluation.periods,
        treat_missing_data=_MISSING_DATA[evaluation.missing_data],
        alarm_description=plan.description,
    )
