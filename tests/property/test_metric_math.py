"""Metric math is read whatever is written: expressions as CloudWatch takes them, and anything else without an error."""

from hypothesis import given
from hypothesis import strategies as st

from headstart.audit.metric_math import Ratio, parse, ratios

METRICS = ("errors", "requests", "m1", "e_2")
SIGNS = ("+", "-", "*", "/", "^", "==", "!=", "<", "<=", ">", ">=", "AND", "OR", "&&", "||")
FUNCTIONS = ("IF", "FILL", "MAX", "SUM", "ABS", "METRICS", "PERIOD", "RATE")

numbers = st.decimals(0, 1000, places=2).map(str)
spaces = st.sampled_from(("", " ", "  ", "\n"))


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operation = st.tuples(inner, spaces, st.sampled_from(SIGNS), spaces, inner).map(spaced)
    call = st.tuples(st.sampled_from(FUNCTIONS), st.lists(inner, max_size=3)).map(
        lambda c: f"{c[0]}({', '.join(c[1])})"
    )
    listed = st.lists(inner, min_size=1, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    return operation | call | listed | inner.map(lambda text: f"({text})") | inner.map(lambda text: f"-{text}")


def spaced(parts: tuple[str, ...]) -> str:
    """Words need a space beside them, signs do not."""
    left, before, sign, after, right = parts
    return f"{left} {sign} {right}" if sign.isalpha() else f"{left}{before}{sign}{after}{right}"


expressions = st.recursive(st.sampled_from(METRICS) | numbers | st.just("'Sum'"), grown, max_leaves=12)


@given(expressions)
def test_what_cloudwatch_takes_is_read(expression: str):
    node = parse(expression)
    assert node is not None
    assert node.names() <= set(METRICS)


@given(st.text() | st.text(alphabet="m1eI F(),[]+-*/^<>=&|'\"0.") | expressions.map(lambda text: text[:-1]))
def test_anything_is_read_without_an_error(text: str):
    parse(text)
    ratios(text, {"m1": text, "e": text})


@given(expressions, st.dictionaries(st.sampled_from(METRICS), expressions, max_size=4))
def test_expressions_may_use_each_other_even_in_circles(expression: str, others: dict[str, str]):
    for ratio in ratios(expression, others):
        assert ratio.divisor
        assert ratio.minimum >= 0


@given(expressions, st.integers(2, 1000))
def test_a_minimum_of_requests_guards_whatever_is_divided_by_them(errors: str, least: int):
    assert Ratio(frozenset({"n"}), least) in ratios(f"IF(n >= {least}, ({errors}) / n, 0)")
