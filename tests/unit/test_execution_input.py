"""The execution input of AWS Lambda Power Tuning: every field is honoured, refused, or said not to be."""

import json
from pathlib import Path

import pytest

from headstart.errors import ConfigError, EventError, InvalidValueError, RequestError
from headstart.infra import execution_input, weighted_events
from headstart.infra.execution_input import ExecutionInput
from headstart.model.tuning import Goal

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:invoice"
# All of the table of that tool's README.
EVERYTHING = {
    "lambdaARN": ARN,
    "num": 10,
    "powerValues": [128, "512", 10_240],
    "payload": [{"payload": {"id": 1}, "weight": 3}, {"payload": "text", "weight": 1}],
    "payloadS3": "s3://bucket/key",
    "parallelInvocation": True,
    "strategy": "balanced",
    "balancedWeight": 0.2,
    "autoOptimize": True,
    "autoOptimizeAlias": "live",
    "dryRun": False,
    "preProcessorARN": f"{ARN}-before",
    "postProcessorARN": f"{ARN}-after",
    "discardTopBottom": 0.2,
    "sleepBetweenRunsMs": 50,
    "disablePayloadLogs": True,
    "includeOutputResults": True,
    "onlyColdStarts": True,
    "allowedExceptions": ["NotFound"],
}


@pytest.fixture
def read(tmp_path: Path):
    def write_and_read(document: object) -> ExecutionInput:
        file = tmp_path / "input.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        return execution_input.read(file)

    return write_and_read


def test_every_field_means_what_it_means_there(read):
    found = read(EVERYTHING)
    assert (found.arn, found.payload_s3, found.alias) == (ARN, "s3://bucket/key", "live")
    assert [size.mb for size in found.sizes] == [128, 512, 10_240]
    assert found.invocations == 30
    assert (found.objective.goal, found.objective.weight) == (Goal.BALANCED, 0.2)
    assert (found.before_arn, found.after_arn) == (f"{ARN}-before", f"{ARN}-after")
    assert (found.applies, found.is_cold, found.has_stats, found.is_dry_run) == (True, True, True, False)
    assert found.allowed_errors == {"NotFound"}
    assert [(event.payload, event.weight) for event in found.events] == [(b'{"id": 1}', 3.0), (b'"text"', 1.0)]


def test_what_is_done_otherwise_is_said_with_its_reason(read):
    said = {sentence.partition(":")[0] for sentence in read(EVERYTHING).said}
    assert said == {"payload", "parallelInvocation", "sleepBetweenRunsMs", "discardTopBottom", "disablePayloadLogs"}


def test_nothing_given_is_nothing_asked_and_unknown_fields_are_named(read):
    assert read({}) == ExecutionInput(said=("powerValues: none are given, so that the sizes are searched for",))
    assert "powervalues: not a field of an execution input, not used" in read({"powervalues": [128]}).said


@pytest.mark.parametrize(
    ("given", "invocations"),
    [
        ({"num": 10}, 60),
        ({"num": "7", "powerValues": [128, 256, 256]}, 14),
        ({"num": 50, "dryRun": True, "powerValues": [128, 256, 512]}, 6),
        ({"dryRun": True, "powerValues": [512]}, 4),
        ({"powerValues": [128, 256]}, None),
    ],
)
def test_num_is_for_each_size_and_a_dry_run_takes_as_few_as_can_be(read, given, invocations):
    assert read(given).invocations == invocations


def test_all_are_the_46_sizes_of_that_tool(read):
    sizes = [size.mb for size in read({"powerValues": "ALL"}).sizes]
    assert (len(sizes), sizes[0], sizes[-1]) == (46, 128, 3008)


def test_a_weight_beyond_its_range_is_clamped_and_said(read):
    found = read({"balancedWeight": 7, "autoOptimizeAlias": "live", "powerValues": [128]})
    assert found.objective.weight == 1.0
    assert found.said == (
        "balancedWeight: 7 is taken as 1",
        "autoOptimizeAlias: not used, for autoOptimize is not true",
    )


@pytest.mark.parametrize(
    ("payload", "sent"),
    [
        ({"a": 1}, [b'{"a": 1}']),
        ('{"a": 1}', [b'{"a": 1}']),
        ("no json", [b'"no json"']),
        ([1, 2], [b"[1, 2]"]),
        ([], [b"[]"]),
        ([{"payload": 1, "weight": 1}, {"payload": 2}], [b'[{"payload": 1, "weight": 1}, {"payload": 2}]']),
        ([{"payload": [1], "weight": 0.5}, {"payload": None, "weight": 2}], [b"[1]", b"null"]),
    ],
)
def test_a_payload_is_one_event_unless_each_item_has_a_weight(read, payload, sent):
    assert [event.payload for event in read({"payload": payload}).events] == sent


@pytest.mark.parametrize(
    ("document", "error", "said"),
    [
        ("{no json", ConfigError, "is not JSON"),
        ("[]", ConfigError, "is no execution input"),
        ({"num": "ten"}, ConfigError, "num"),
        ({"num": 0}, InvalidValueError, "num is 0; allowed: 1 or more"),
        ({"powerValues": "all"}, InvalidValueError, 'a list of sizes in MB, or "ALL"'),
        ({"powerValues": []}, InvalidValueError, "at least one size"),
        ({"powerValues": [64]}, InvalidValueError, "64; allowed: 128 … 10240"),
        ({"strategy": "cheap"}, InvalidValueError, "'cheap'; allowed: cost, speed, balanced"),
        ({"payload": [{"payload": 1, "weight": 0}, {"payload": 2, "weight": 0}]}, EventError, "sum to 0"),
        ({"payload": [{"payload": 1, "weight": 2}, {"payload": 2, "weight": -1}]}, InvalidValueError, "-1.0; allowed"),
        ({"payload": [{"payload": 1, "weight": "2"}]}, InvalidValueError, "weight of payload 1 is '2'"),
        ({"allowedExceptions": "NotFound"}, ConfigError, "allowedExceptions"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_value(read, document, error, said):
    with pytest.raises(error, match=said.replace("[", r"\[")) as caught:
        read(document)
    assert isinstance(caught.value, RequestError)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"gone\.json cannot be read"):
        execution_input.read(tmp_path / "gone.json")


def test_a_file_of_weighted_payloads_is_as_many_events_named_after_it(tmp_path: Path):
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(EVERYTHING["payload"]))
    assert [(event.name, event.weight) for event in weighted_events.read_file(file)] == [
        ("orders-1", 3.0),
        ("orders-2", 1.0),
    ]
    file.write_text('{"a": 1}')
    assert [(event.name, event.payload) for event in weighted_events.read_file(file)] == [("orders", b'{"a": 1}')]
