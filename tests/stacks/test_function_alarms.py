"""FunctionAlarms and AlarmTopic: when they fire, whom they tell, and what they refuse."""

import msgspec
import pytest
from stacks.synthesis import as_text, of_type, refused, synthesized, the_one

from headstart.cdk import (
    AlarmSettings,
    AlarmTopic,
    Evaluation,
    FailedEvents,
    FunctionAlarms,
    ProvisionedConcurrency,
    ProvisionedSettings,
    ReservedConcurrency,
    TunedFunction,
    cdk,
)

ALL = AlarmSettings(account_concurrency=1000, iterator_age_s=60, async_age_s=90)


@pytest.fixture
def topic(stack):
    return AlarmTopic(stack, "Topic", emails=["team@example.com"]).topic


@pytest.fixture
def full(stack, settings):
    """A function with all that can be watched."""
    dead = cdk.aws_sqs.Queue(stack, "Dead")
    kept = msgspec.structs.replace(settings, failed_events=FailedEvents(), dead_letters=dead)
    function = TunedFunction(stack, "Orders", settings=kept)
    ReservedConcurrency(stack, "Reserved", function=function.function, executions=50)
    ProvisionedConcurrency(stack, "Provisioned", alias=function.alias, settings=ProvisionedSettings(executions=5))
    return function


def alarms_of(stack):
    """The properties of the alarms by the names that FunctionAlarms gives them."""
    resources = synthesized(stack)
    return {
        name.removeprefix("Alarms")[:-8]: one["Properties"]
        for name, one in of_type(resources, "CloudWatch::Alarm").items()
    }


def metric_of(alarm):
    """What an alarm on one metric looks at: its name, its statistic and its dimensions."""
    dimensions = {one["Name"]: as_text(one["Value"]) for one in alarm.get("Dimensions", ())}
    return alarm["MetricName"], alarm.get("Statistic") or alarm["ExtendedStatistic"], dimensions


def test_every_alarm_has_its_metric_threshold_and_dimensions(stack, full, topic):
    FunctionAlarms(stack, "Alarms", function=full, topic=topic, settings=ALL)
    resources = synthesized(stack)
    (function_id,) = of_type(resources, "Lambda::Function")
    function = {"FunctionName": f"${{{function_id}}}"}
    alias = {**function, "Resource": f"${{{function_id}}}:live"}
    dead_id, failed_id = of_type(resources, "SQS::Queue")
    alarms = alarms_of(stack)
    errors = alarms.pop("Errors")
    assert {name: (*metric_of(alarm), alarm["Threshold"]) for name, alarm in alarms.items()} == {
        "Throttles": ("Throttles", "Sum", alias, 0),
        "Duration": ("Duration", "p99", alias, 24_000),
        "Concurrency": ("ConcurrentExecutions", "Maximum", function, 40),
        "Spillover": ("ProvisionedConcurrencySpilloverInvocations", "Sum", alias, 0),
        "AccountConcurrency": ("ClaimedAccountConcurrency", "Maximum", {}, 900),
        "IteratorAge": ("IteratorAge", "Maximum", function, 60_000),
        "AsyncEventAge": ("AsyncEventAge", "Maximum", function, 90_000),
        "FailedEvents": (
            "ApproximateNumberOfMessagesVisible",
            "Maximum",
            {"QueueName": f"${{{failed_id}.QueueName}}"},
            0,
        ),
        "DeadLetters": ("ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": f"${{{dead_id}.QueueName}}"}, 0),
    }
    assert errors["Threshold"] == 1


def test_the_error_rate_is_guarded_by_a_minimum_of_requests(stack, orders, topic):
    FunctionAlarms(stack, "Alarms", function=orders, topic=topic, settings=AlarmSettings(minimum_requests=50))
    expression, *metrics = alarms_of(stack)["Errors"]["Metrics"]
    assert expression["Expression"] == "IF(invocations >= 50, 100 * FILL(errors, 0) / invocations, 0)"
    assert expression.get("ReturnData", True)
    stats = {metric["Id"]: metric["MetricStat"] for metric in metrics}
    assert [metric["ReturnData"] for metric in metrics] == [False, False]
    assert {name: (stat["Metric"]["MetricName"], stat["Stat"], stat["Period"]) for name, stat in stats.items()} == {
        "errors": ("Errors", "Sum", 60),
        "invocations": ("Invocations", "Sum", 60),
    }
    for stat in stats.values():
        assert [one["Name"] for one in stat["Metric"]["Dimensions"]] == ["FunctionName", "Resource"]


def test_two_minutes_of_three_are_needed_and_idle_ones_are_good(stack, full, topic):
    FunctionAlarms(stack, "Alarms", function=full, topic=topic, settings=ALL)
    for alarm in alarms_of(stack).values():
        assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (2, 3)
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm.get("Period", 60) == 60
        assert "AlarmName" not in alarm


def test_the_evaluation_can_be_another(stack, full, topic):
    other = Evaluation(datapoints=5, periods=5, period_s=300, missing_data="missing")
    FunctionAlarms(stack, "Alarms", function=full, topic=topic, settings=msgspec.structs.replace(ALL, evaluation=other))
    alarms = alarms_of(stack)
    for alarm in alarms.values():
        assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (5, 5, "missing")
        assert alarm.get("Period", 300) == 300
    assert [metric["MetricStat"]["Period"] for metric in alarms["Errors"]["Metrics"][1:]] == [300, 300]


def test_thresholds_can_be_others(stack, full, topic):
    own = AlarmSettings(
        error_percent=2.5,
        throttles=3,
        duration_percent=50,
        duration_percentile=99.9,
        concurrency_percent=70,
        spilled=4,
        account_concurrency=500,
        account_percent=60,
        failed_events=5,
    )
    FunctionAlarms(stack, "Alarms", function=full, topic=topic, settings=own)
    alarms = alarms_of(stack)
    assert {name: alarm["Threshold"] for name, alarm in alarms.items()} == {
        "Errors": 2.5,
        "Throttles": 3,
        "Duration": 15_000,
        "Concurrency": 35,
        "Spillover": 4,
        "AccountConcurrency": 300,
        "FailedEvents": 5,
        "DeadLetters": 5,
    }
    assert alarms["Duration"]["ExtendedStatistic"] == "p99.9"


def test_a_function_without_limits_or_queues_has_the_three_that_all_need(stack, orders, topic):
    FunctionAlarms(stack, "Alarms", function=orders, topic=topic)
    assert set(alarms_of(stack)) == {"Errors", "Throttles", "Duration"}


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("error_percent", {"Errors"}),
        ("throttles", {"Throttles"}),
        ("duration_percent", {"Duration"}),
        ("concurrency_percent", {"Concurrency"}),
        ("spilled", {"Spillover"}),
        ("account_concurrency", {"AccountConcurrency"}),
        ("iterator_age_s", {"IteratorAge"}),
        ("async_age_s", {"AsyncEventAge"}),
        ("failed_events", {"FailedEvents", "DeadLetters"}),
    ],
)
def test_each_alarm_can_be_switched_off(stack, full, topic, setting, names):
    FunctionAlarms(
        stack, "Alarms", function=full, topic=topic, settings=msgspec.structs.replace(ALL, **{setting: None})
    )
    left = alarms_of(stack)
    assert not names & set(left)
    assert len(left) == 10 - len(names)


def test_the_composite_tells_the_topic_when_any_fires_and_when_all_is_well(stack, full, topic):
    FunctionAlarms(stack, "Alarms", function=full, topic=topic, settings=ALL)
    resources = synthesized(stack)
    composite = the_one(resources, "CloudWatch::CompositeAlarm")["Properties"]
    ids = list(of_type(resources, "CloudWatch::Alarm"))
    assert as_text(composite["AlarmRule"]) == "(" + " OR ".join(f'ALARM("${{{one}.Arn}}")' for one in ids) + ")"
    (topic_id,) = of_type(resources, "SNS::Topic")
    assert composite["AlarmActions"] == composite["OKActions"] == [{"Ref": topic_id}]
    assert not any("AlarmActions" in alarm or "OKActions" in alarm for alarm in alarms_of(stack).values())


def test_each_alarm_tells_the_topic_when_asked_to(stack, orders, topic):
    FunctionAlarms(stack, "Alarms", function=orders, topic=topic, settings=AlarmSettings(notifies_each=True))
    (topic_id,) = of_type(synthesized(stack), "SNS::Topic")
    for alarm in alarms_of(stack).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic_id}]


def test_the_topic_takes_tls_alone_and_lets_the_alarms_of_the_account_publish(stack, topic):
    resources = synthesized(stack)
    (topic_id,) = of_type(resources, "SNS::Topic")
    assert "TopicName" not in of_type(resources, "SNS::Topic")[topic_id].get("Properties", {})
    policy = the_one(resources, "SNS::TopicPolicy")["Properties"]
    assert policy["Topics"] == [{"Ref": topic_id}]
    tls, publish = policy["PolicyDocument"]["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (publish["Effect"], publish["Action"]) == ("Allow", "sns:Publish")
    assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    source = as_text(publish["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    subscription = the_one(resources, "SNS::Subscription")["Properties"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "team@example.com")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"evaluation": Evaluation(datapoints=4, periods=3)}, "evaluation.datapoints is 4; allowed: 1 … 3"),
        ({"evaluation": Evaluation(datapoints=0)}, "evaluation.datapoints is 0; allowed: 1 … 3"),
        ({"evaluation": Evaluation(periods=0, datapoints=1)}, "evaluation.periods is 0; allowed: 1 … 1,440"),
        ({"evaluation": Evaluation(periods=1441)}, "evaluation.periods is 1,441; allowed: 1 … 1,440"),
        ({"evaluation": Evaluation(period_s=10)}, "evaluation.period_s is 10; allowed: multiples of 60"),
        ({"evaluation": Evaluation(period_s=90)}, "evaluation.period_s is 90; allowed: multiples of 60"),
        ({"evaluation": Evaluation(missing_data="good")}, "missing_data is 'good'; allowed: notBreaching, breaching,"),
        ({"error_percent": 100}, "error_percent is 100; allowed: 0 or more and below 100"),
        ({"error_percent": -1}, "error_percent is -1; allowed: 0 or more and below 100"),
        ({"minimum_requests": 0}, "minimum_requests is 0; allowed: 1 or more"),
        ({"duration_percent": 100}, "duration_percent is 100; allowed: above 0 and below 100"),
        ({"duration_percent": 0}, "duration_percent is 0; allowed: above 0 and below 100"),
        ({"duration_percentile": 100}, "duration_percentile is 100; allowed: above 0 and below 100"),
        ({"concurrency_percent": 120}, "concurrency_percent is 120; allowed: above 0 and below 100"),
        (
            {"concurrency_percent": 1},
            "the alarm on concurrency would fire at the first invocation, above 0.5; raise it",
        ),
        ({"throttles": -1}, "throttles is -1, which always is exceeded; allowed: 0 or more"),
    ],
)
def test_vain_alarms_are_refused_with_the_path(stack, full, topic, change, sentence):
    FunctionAlarms(stack, "Alarms", function=full, topic=topic, settings=msgspec.structs.replace(ALL, **change))
    found = refused(stack)
    assert {path for path, _ in found} == {"Shop/Alarms"}
    assert any(sentence in said for _, said in found), found


@pytest.mark.parametrize("later", ["reserved", "provisioned"])
def test_alarms_made_before_what_they_watch_are_refused(stack, orders, topic, later):
    FunctionAlarms(stack, "Alarms", function=orders, topic=topic)
    if later == "reserved":
        ReservedConcurrency(stack, "Reserved", function=orders.function, executions=50)
    else:
        ProvisionedConcurrency(stack, "Provisioned", alias=orders.alias, settings=ProvisionedSettings(executions=5))
    assert refused(stack) == [
        ("Shop/Alarms", "make it after what reserves or provisions concurrency for Shop/Orders: it watches that")
    ]


def test_alarms_that_are_all_off_need_no_composite(stack, orders, topic):
    off = AlarmSettings(error_percent=None, throttles=None, duration_percent=None)
    alarms = FunctionAlarms(stack, "Alarms", function=orders, topic=topic, settings=off)
    assert not of_type(synthesized(stack), "CloudWatch::CompositeAlarm")
    assert (alarms.alarms, alarms.composite) == ({}, None)


def test_stages_of_one_account_do_not_share_a_name(stack, settings):
    for stage in (stack, cdk.Stack(cdk.App.of(stack), "ShopTest")):
        function = TunedFunction(stage, "Orders", settings=settings)
        FunctionAlarms(stage, "Alarms", function=function, topic=AlarmTopic(stage, "Topic").topic)
    assembly = cdk.App.of(stack).synth()
    names = [
        resource["Properties"].get("AlarmName")
        for one in assembly.stacks
        for resource in one.template["Resources"].values()
        if resource["Type"].startswith("AWS::CloudWatch::") and resource["Properties"].get("AlarmName")
    ]
    assert len(names) == len(set(names)) == 2
