"""What divides by requests, and what guards it."""

import pytest

from headstart.audit.metric_math import parse, ratios


@pytest.mark.parametrize(
    ("expression", "minimum"),
    [
        ("errors / n * 100", 0),
        ("100*(errors/n)", 0),
        ("IF(n > 0, errors / n, 0)", 0),
        ("IF(n >= 20, 100 * FILL(errors, 0) / n, 0)", 20),
        ("IF(20 <= n, errors / n, 0)", 20),
        ("IF(errors / n > 0.05 AND n > 10, 1, 0)", 10),
        ("(n > 10) * errors / n", 10),
        ("IF(errors / n > 5, 1, 0)", 0),
        ("IF(FILL(n, 0) >= 20, errors / n, 0)", 20),
    ],
)
def test_a_rate_has_the_least_number_that_it_asks_for(expression: str, minimum: float):
    [ratio] = ratios(expression)
    assert ratio.divisor == {"n"}
    assert ratio.minimum == minimum


@pytest.mark.parametrize("expression", ["errors", "errors / 60", "errors / MAX([n, 20])", "SELECT MAX(x) FROM y", ""])
def test_there_is_no_rate(expression: str):
    assert ratios(expression) == ()


def test_expressions_by_id_are_looked_into():
    [ratio] = ratios("rate * 100", {"rate": "errors / all", "all": "n + throttled"})
    assert ratio.divisor == {"all", "n", "throttled"}
    assert ratio.minimum == 0


def test_a_guard_on_the_rate_itself_is_none():
    [ratio] = ratios("IF(rate > 5, 1, 0)", {"rate": "errors / n"})
    assert ratio.minimum == 0


@pytest.mark.parametrize("text", ["(" * 500, "-" * 500, "m1 +", "[m1", "f(m1,", "m1 m2", "1 + " * 1000 + "1", "'open"])
def test_what_is_not_metric_math_is_not_understood(text: str):
    assert parse(text) is None


def test_operators_bind_as_in_cloudwatch():
    node = parse("a + b * c ^ 2 > 3 AND d")
    assert node is not None
    assert node.word == "AND"
    assert [part.word for part in node.walk()] == ["AND", ">", "+", "a", "*", "b", "^", "c", "2", "3", "d"]
