from decimal import Decimal

import msgspec
import pytest
from measure_fixture import cold_start, spec

from headstart.errors import InvalidValueError
from headstart.measure.cost import cost
from headstart.model.results import Traffic
from headstart.testing import init_report, report

COLD_RUN = report(120.5, init=init_report(50.0, 329.5), billed_ms=500)
GB_S_USD = Decimal("0.0000166667")


def measured(**changes):
    return cold_start(runs=(COLD_RUN,) * 10, warm_billed_ms=100.0, **changes)


def test_parts_are_billed_ms_times_the_price():
    result = cost(measured(), spec(1024), traffic=Traffic(invocations_per_month=5_000_000, cold_ratio=0.01))
    assert result.request_per_million == Decimal("0.2")
    # 99 % take 100 ms, 1 % 120.5 ms and 379.5 ms of init.
    assert result.duration_per_million == (Decimal("100.205") * 1000 * GB_S_USD).quantize(Decimal("1e-6"))
    assert result.init_per_million == (Decimal("3.795") * 1000 * GB_S_USD).quantize(Decimal("1e-6"))
    assert result.storage_per_million == 0
    assert result.total_per_million == sum(
        (result.request_per_million, result.duration_per_million, result.init_per_million)
    )
    assert result.total_per_month == 5 * result.total_per_million
    assert result.prices_as_of == "2026-10-01"


def test_cold_starts_alone_cost_what_they_were_billed():
    result = cost(measured(), spec(1024), traffic=Traffic(cold_ratio=1.0))
    both = result.duration_per_million + result.init_per_million
    assert both == pytest.approx(500 * 1000 * GB_S_USD, abs=Decimal("2e-6"))


def test_without_warm_invocations_the_first_stand_for_them():
    result = cost(measured(warm=None), spec(1024), traffic=Traffic(cold_ratio=0.0))
    assert result.duration_per_million == (Decimal("120.5") * 1000 * GB_S_USD).quantize(Decimal("1e-6"))
    assert result.init_per_million == 0


def test_nothing_measured_costs_its_requests():
    result = cost(cold_start(warm=None), spec(), traffic=Traffic())
    assert result.total_per_million == result.request_per_million


def test_ephemeral_storage_above_512_mb_is_added():
    plain = cost(measured(), spec(), traffic=Traffic())
    large = cost(measured(), spec(ephemeral_storage_mb=10_240), traffic=Traffic())
    assert large.storage_per_million > 0
    assert large.total_per_million - plain.total_per_million == large.storage_per_million


def test_a_region_without_a_price_is_refused():
    with pytest.raises(InvalidValueError, match="eu-nowhere-1"):
        cost(measured(), spec(region="eu-nowhere-1"), traffic=Traffic())


@pytest.mark.parametrize("changes", [{"cold_ratio": 1.5}, {"cold_ratio": -0.1}, {"invocations_per_month": -1}])
def test_traffic_that_cannot_be_is_refused(changes):
    with pytest.raises(InvalidValueError, match=next(iter(changes))):
        msgspec.structs.replace(Traffic(), **changes)
