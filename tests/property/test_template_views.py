"""Whatever stands in a resource, looking at it is no exception, and what was declared is there."""

from hypothesis import given, settings
from hypothesis import strategies as st
from template_fixture import FUNCTION, look, resource

from headstart.model.infrastructure import Symbolic

TYPES = {
    FUNCTION: "functions",
    "AWS::Lambda::Version": "versions",
    "AWS::Lambda::Alias": "aliases",
    "AWS::Lambda::EventSourceMapping": "event_sources",
    "AWS::CloudWatch::Alarm": "alarms",
    "AWS::CloudWatch::CompositeAlarm": "composite_alarms",
    "AWS::CloudWatch::Dashboard": "dashboards",
    "AWS::ApplicationAutoScaling::ScalableTarget": "",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "",
    "AWS::Lambda::Permission": "",
    "AWS::Events::Rule": "",
    "AWS::ApiGateway::RestApi": "",
    "AWS::IoT::TopicRule": "",
    "AWS::Cognito::UserPool": "",
}
WORDS = (
    "FunctionName Runtime Handler MemorySize Code Environment Variables Layers Architectures SnapStart ApplyOn Metrics "
    "MetricStat Metric MetricName Dimensions Name Value Id Expression Period Threshold AlarmActions AlarmRule "
    "DashboardBody ResourceId ServiceNamespace ScheduledActions ScalableTargetAction MinCapacity ScalingTargetId "
    "TargetTrackingScalingPolicyConfiguration CustomizedMetricSpecification StepScalingPolicyConfiguration "
    "StepAdjustments RoutingConfig AdditionalVersionWeights FunctionVersion FunctionWeight ScalingConfig "
    "EventSourceArn Targets Arn Body paths LambdaConfig TopicRulePayload Actions Lambda FunctionArn Principal Action "
    "SourceArn ProvisionedConcurrencyConfig LoggingConfig LogFormat"
)
NAMES = st.sampled_from(WORDS.split())
TEXTS = st.sampled_from(
    ["", "lambda", "Other", "${Other}", "arn:aws:lambda:us-east-1:1:function:Other:live", "function:Other:live", "{}"]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.builds(Symbolic, TEXTS, st.just(("Other",))),
    st.builds(Symbolic, st.text(max_size=20)),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(TYPES)), st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_properties_can_be_looked_at(type_, properties):
    found = look(resource("Given", type_, properties), resource("Other", FUNCTION, {"Runtime": "python3.13"}))
    assert found.function("Other") is not None
    if TYPES[type_]:
        assert "Given" in [declared.resource.id for declared in getattr(found, TYPES[type_])]
    assert all(doubt.what and doubt.id for doubt in found.not_understood)
