"""One alarm of a plan, as the CDK makes it."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from headstart.model.alarm_plans import AlarmPlan
from headstart.model.alarm_settings import Evaluation

_MISSING_DATA = {
    "notBreaching": cloudwatch.TreatMissingData.NOT_BREACHING,
    "breaching": cloudwatch.TreatMissingData.BREACHING,
    "ignore": cloudwatch.TreatMissingData.IGNORE,
    "missing": cloudwatch.TreatMissingData.MISSING,
}


def make(scope: Construct, plan: AlarmPlan, *, metric: cloudwatch.IMetric, evaluation: Evaluation) -> cloudwatch.Alarm:
    """The alarm of a plan on its ``metric``, with a generated name and without actions."""
    return cloudwatch.Alarm(
        scope,
        plan.name,
        metric=metric,
        threshold=plan.threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        datapoints_to_alarm=evaluation.datapoints,
        evaluation_periods=evaluation.periods,
        treat_missing_data=_MISSING_DATA[evaluation.missing_data],
        alarm_description=plan.description,
    )
