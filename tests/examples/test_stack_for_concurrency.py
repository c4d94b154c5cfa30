"""The course's stack for concurrency, defect by defect: what examples/stacks/concurrency_optimized synthesizes."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from examples.stacks_of_the_course import STACKS, Made, dimensions_of, make, metrics_of, module

from headstart.cdk import cdk
from headstart.model import limits
from headstart_kit import InternalError

FOLDER = "concurrency_optimized"
APP = module(FOLDER)
FUNCTIONS = ("Critical", "Standard", "Batch")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(APP.ConcurrencyOptimized, tmp_path_factory.mktemp("concurrency"))


@pytest.fixture
def _environment(bucket: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of the three functions, which are set. The queue of orders is one that is not there."""
    variables = {"CONFIRMATIONS_BUCKET": bucket, "ORDERS_QUEUE_URL": "http://sqs.local/123456789012/not-there"}
    for name, value in (aws_environment | variables).items():
        monkeypatch.setenv(name, value)


def loaded(name: str) -> Any:
    """The module of a function after its init phase."""
    return module(f"{FOLDER}/functions/{name}")


def event(name: str) -> dict[str, Any]:
    return json.loads((STACKS / FOLDER / f"events/{name}.json").read_text())


def texts(value: Any) -> str:
    return json.dumps(value)


def test_d22_the_stack_is_defined_and_written(made: Made):
    assert issubclass(APP.ConcurrencyOptimized, cdk.Stack)
    assert len(made.of_type("Lambda::Function")) == 3


def test_d23_concurrency_is_watched_by_a_metric_that_exists(made: Made):
    watched = [dimensions_of(alarm) for alarm in made.alarms(metric="ConcurrentExecutions").values()]
    assert watched == [{"FunctionName"}] * 2


def test_d24_each_threshold_of_concurrency_is_of_what_the_function_reserves(made: Made):
    alarms = made.alarms(metric="ConcurrentExecutions")
    of = {name: next(alarm for id_, alarm in alarms.items() if id_.startswith(name)) for name in FUNCTIONS[:2]}
    for name, alarm in of.items():
        assert alarm["Threshold"] == made.function(name)["ReservedConcurrentExecutions"] * 80 / 100


def test_d25_each_function_says_its_timeout(made: Made):
    assert [made.function(name)["Timeout"] for name in FUNCTIONS] == [10, 30, 300]


def test_d26_each_function_has_its_handler_in_its_package(made: Made):
    for name in FUNCTIONS:
        function = made.function(name)
        stem, _, handler = function["Handler"].rpartition(".")
        source = (made.code(function) / f"{stem}.py").read_text()
        assert f"def {handler}(" in source or f"{handler} = " in source
        assert (made.code(function) / "headstart_kit/__init__.py").is_file()


def test_d27_thresholds_of_duration_are_in_milliseconds(made: Made):
    thresholds = sorted(alarm["Threshold"] for alarm in made.alarms(metric="Duration").values())
    assert thresholds == [8_000, 24_000, 240_000]


def test_d28_duration_is_watched_at_its_99th_percentile(made: Made):
    alarms = made.alarms(metric="Duration").values()
    assert [(alarm["ExtendedStatistic"], "Statistic" in alarm) for alarm in alarms] == [("p99", False)] * 3


def test_d29_concurrency_is_its_maximum_in_a_minute(made: Made):
    alarms = made.alarms(metric="ConcurrentExecutions").values()
    assert {(alarm["Statistic"], alarm["Period"]) for alarm in alarms} == {("Maximum", 60)}


def test_d30_no_alarm_leaves_open_what_missing_data_means(made: Made):
    assert {alarm["TreatMissingData"] for alarm in made.alarms().values()} == {"notBreaching"}


def test_d31_a_rate_of_errors_needs_a_minimum_of_requests(made: Made):
    expressions = [
        query["Expression"]
        for alarm in made.alarms().values()
        for query in alarm.get("Metrics", ())
        if "Expression" in query
    ]
    assert expressions == ["IF(invocations >= 20, 100 * FILL(errors, 0) / invocations, 0)"] * 3


def test_d32_two_minutes_of_three_are_enough(made: Made):
    assert {(alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) for alarm in made.alarms().values()} == {(2, 3)}
    periods = {query["MetricStat"]["Period"] for query in _stats(made)} | {
        alarm["Period"] for alarm in made.alarms().values() if "Period" in alarm
    }
    assert periods == {60}


def _stats(made: Made) -> list[dict[str, Any]]:
    queries = [query for alarm in made.alarms().values() for query in alarm.get("Metrics", ())]
    return [query for query in queries if "MetricStat" in query]


def test_d33_throttles_and_the_accounts_concurrency_are_watched(made: Made):
    assert len(made.alarms(metric="Throttles")) == 3
    (account,) = made.alarms(metric="ClaimedAccountConcurrency").values()
    assert (account["Threshold"], dimensions_of(account)) == (900, set())


def test_d34_no_name_of_an_alarm_or_a_topic_is_fixed(made: Made):
    assert not [each for each in made.alarms().values() if "AlarmName" in each]
    assert "TopicName" not in made.the_one("SNS::Topic")


def test_d35_somebody_hears_of_alarms_and_of_their_end_over_tls(made: Made):
    assert made.the_one("SNS::Subscription")["Endpoint"] == {"Ref": "AlarmEmail"}
    composites = made.of_type("CloudWatch::CompositeAlarm")
    assert len(composites) == 3
    assert all(alarm["OKActions"] == alarm["AlarmActions"] for alarm in composites.values())
    assert "aws:SecureTransport" in texts(made.the_one("SNS::TopicPolicy"))


def test_d36_what_is_reserved_fits_the_account(made: Made):
    reserved = sum(made.function(name)["ReservedConcurrentExecutions"] for name in FUNCTIONS)
    assert reserved + limits.UNRESERVED_CONCURRENCY_MIN <= limits.ACCOUNT_CONCURRENCY_DEFAULT


def test_d36_an_account_that_has_less_is_refused_at_synth(tmp_path: Path):
    with pytest.raises(RuntimeError, match=r"ConcurrencyOptimized/CriticalReserved\].*170"):
        make(APP.ConcurrencyOptimized, tmp_path / "cdk.out", account_concurrency=170)


def test_d37_the_critical_function_is_warm(made: Made):
    provisioned = {
        id_: alias.get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions")
        for id_, alias in made.of_type("Lambda::Alias").items()
    }
    assert sorted(provisioned.values(), key=str) == [5, None, None]
    assert next(iter(provisioned)).startswith("Critical")


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("name", ["critical", "standard"])
def test_d38_a_failure_is_a_function_error(name: str, *, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONFIRMATIONS_BUCKET", "not-there")
    with pytest.raises(InternalError):
        loaded(name).handler(event(name), None)


@pytest.mark.usefixtures("_environment")
def test_d38_what_the_caller_did_wrong_is_an_answer():
    unknown = event("critical") | {"items": [{"product": "ink-red", "quantity": 1}]}
    assert loaded("critical").handler(unknown, None)["status"] == 422
    assert loaded("standard").handler(event("standard"), None)["status"] == 404


@pytest.mark.usefixtures("_environment")
def test_d38_an_order_that_fails_comes_again_alone():
    answer = loaded("batch").confirm_orders(event("batch"), None)
    assert answer == json.loads((STACKS / FOLDER / "expected/batch.json").read_text())
    looked_up = loaded("standard").handler(event("standard") | {"order_id": "cart-4712"}, None)
    assert looked_up == {"order_id": "cart-4712", "total_cents": 3975, "state": "confirmed"}


@pytest.mark.usefixtures("_environment")
def test_d39_orders_for_which_no_time_is_left_are_left_for_later(made: Made):
    context = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 1)
    answer = loaded("batch").confirm_orders(event("batch"), context)
    assert len(answer["batchItemFailures"]) == 2
    assert "MAX_PROCESSING_TIME" not in texts(made.resources)


def test_d39_a_message_is_hidden_for_longer_than_it_takes(made: Made):
    hidden_s = {id_: queue.get("VisibilityTimeout") for id_, queue in made.of_type("SQS::Queue").items()}
    assert 6 * made.function("Batch")["Timeout"] in hidden_s.values()


def test_d40_alarms_are_of_what_is_invoked_through_the_alias(made: Made):
    for metric in ("Errors", "Throttles", "Duration", "ProvisionedConcurrencySpilloverInvocations"):
        alarms = made.alarms(metric=metric)
        assert alarms
        for alarm in alarms.values():
            assert all(dimensions_of(each) == {"FunctionName", "Resource"} for each in metrics_of(alarm))


def test_orders_that_fail_five_times_are_kept_and_watched(made: Made):
    (mapping,) = made.of_type("Lambda::EventSourceMapping").values()
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    reserved = made.function("Batch")["ReservedConcurrentExecutions"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == reserved
    assert len(made.alarms(metric="ApproximateNumberOfMessagesVisible")) == 1
    assert made.alarms(metric="ApproximateAgeOfOldestMessage")
