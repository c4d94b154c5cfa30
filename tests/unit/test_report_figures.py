"""Numbers in words."""

from decimal import Decimal

import pytest

from headstart.model.sample import summarize
from headstart.report import figures


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.004, "0"), (0.5, "0.50"), (9.994, "9.99"), (9.996, "10.0"), (99.96, "100"), (1432.4, "1,432")],
)
def test_number_keeps_three_figures(value, shown):
    assert figures.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "$0.00"),
        ("0.0000000001", "$0.00"),
        ("0.000374", "$0.00037"),
        ("0.0099", "$0.0099"),
        ("0.2", "$0.20"),
        ("12345.678", "$12,345.68"),
        ("-1.5", "−$1.50"),
    ],
)
def test_usd_shows_small_prices(value, shown):
    assert figures.usd(Decimal(value)) == shown


def test_percent_of_small_and_large_shares():
    assert [figures.percent(ratio) for ratio in (0.0, 0.001, 0.034, 0.295, 1.2)] == [
        "0 %",
        "0.1 %",
        "3.4 %",
        "30 %",
        "120 %",
    ]


def test_counts_agree_in_number():
    assert figures.count(1, "event") == "1 event"
    assert figures.count(1200, "event") == "1,200 events"


def test_median_carries_interval_and_n_and_admits_an_empty_sample():
    assert figures.median(summarize([10.0, 20.0, 30.0])) == "20.0 ms (10.0–30.0, n = 3)"
    assert "n = 0" in figures.median(summarize([]))
