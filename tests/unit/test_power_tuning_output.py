"""The output shape of AWS Lambda Power Tuning, and its link, against one that the tool itself printed."""

import base64
import json
import struct

import msgspec
import pytest
import tune_result_fixture

from headstart.report import power_tuning

# Printed by the tool for a function in us-east-2: power 128, cost 0.0000043071, duration 2050.7775.
LINK = "gAAAAQACAAQACMAL;cSwARe92gERmEgdE6IzTQ+VXaUOPEmRD;tYWQNuffkDYZfJg20gPvNsDoAzcSmj03"


def unpacked(fragment: str) -> list[tuple[float, ...]]:
    parts = [base64.b64decode(part) for part in fragment.split(";")]
    kinds = ("h", "f", "f")
    return [
        struct.unpack(f"<{len(part) // struct.calcsize(kind)}{kind}", part)
        for kind, part in zip(kinds, parts, strict=True)
    ]


def output(result, **options) -> dict:
    return json.loads(power_tuning.encode(result, **options))


def test_a_fragment_is_what_the_tool_itself_writes():
    sizes, times, costs = unpacked(LINK)
    assert sizes == (128, 256, 512, 1024, 2048, 3008)
    assert (times[0], costs[0]) == (pytest.approx(2050.7775), pytest.approx(0.0000043071))
    assert power_tuning.fragment(list(zip(sizes, times, costs, strict=True))) == LINK


def test_the_output_has_the_fields_of_the_tool_and_no_other():
    found = output(tune_result_fixture.tune_result())
    assert list(found) == ["power", "cost", "duration", "stateMachine"]
    assert list(found["stateMachine"]) == ["executionCost", "lambdaCost", "visualization"]
    assert (found["power"], found["cost"], found["duration"]) == (512, pytest.approx(1.69e-6), 181.3)
    assert (found["stateMachine"]["executionCost"], found["stateMachine"]["lambdaCost"]) == (0, 0.0000291)


def test_the_link_has_the_sizes_that_answered_and_the_one_that_is_recommended():
    address, _, fragment = output(tune_result_fixture.tune_result())["stateMachine"]["visualization"].partition("#")
    sizes, times, costs = unpacked(fragment)
    assert address == "https://lambda-power-tuning.show/"
    assert sizes == (256, 512, 1024, 1769)
    assert (times[1], costs[1]) == (pytest.approx(181.3), pytest.approx(1.69e-6))


def test_a_predicted_size_that_is_recommended_is_in_the_link():
    result = tune_result_fixture.tune_result()
    fastest = msgspec.structs.replace(result, recommendations=result.recommendations[1:])
    found = output(fastest)
    assert found["power"] == 3008
    assert unpacked(found["stateMachine"]["visualization"].partition("#")[2])[0][-1] == 3008


def test_the_largest_size_fits_and_prices_of_china_are_in_its_currency():
    large = tune_result_fixture.measured(10_240, 50.0, 8.0, near_best_ratio=0.1)
    result = tune_result_fixture.tune_result()
    function = msgspec.structs.replace(result.function, region="cn-north-1")
    link = output(msgspec.structs.replace(result, sizes=(large,), function=function))["stateMachine"]["visualization"]
    address, _, fragment = link.partition("#")
    assert address == "https://lambda-power-tuning.show/?currency=CNY"
    assert unpacked(fragment)[0] == (10_240,)


def test_statistics_of_each_size_are_added_when_asked_for():
    rows = output(tune_result_fixture.tune_result(), has_stats=True)["stats"]
    assert [row["value"] for row in rows] == [256, 512, 1024, 1769]
    assert rows[1] == {"value": 512, "averagePrice": pytest.approx(1.69e-6), "averageDuration": 181.3}


@pytest.mark.parametrize(
    "result", [tune_result_fixture.nothing_fits(), tune_result_fixture.interrupted(), tune_result_fixture.all_failed()]
)
def test_without_a_recommendation_there_is_no_power(result):
    found = output(result)
    assert (found["power"], found["cost"], found["duration"]) == (None, None, None)
