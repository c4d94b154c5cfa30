from decimal import Decimal

import pytest

from headstart.errors import InvalidValueError
from headstart.model import pricing
from headstart.model.function import Architecture, MemorySize
from headstart.model.price_list import PRICE_LIST

X86, ARM = Architecture.X86_64, Architecture.ARM64
BILLION = 10**9


def test_the_example_of_the_aws_pricing_page():
    """3 million requests of 120 ms at 1536 MB: 540,000 GB-s and 3 million requests, without the free tier."""
    billed_ms = 3_000_000 * 120
    assert pricing.gb_seconds(billed_ms, MemorySize(1536)) == 540_000
    usd = pricing.duration_usd(billed_ms, MemorySize(1536), architecture=X86, region="us-east-1")
    assert usd == Decimal("9.000018")
    assert pricing.request_usd(3_000_000, "us-east-1") == Decimal("0.6")


@pytest.mark.parametrize(
    ("architecture", "gb_s", "usd"),
    [
        (X86, 6 * BILLION, "100000.2"),
        (X86, 15 * BILLION, "235000.2"),
        (X86, 16 * BILLION, "248333.6"),
        (ARM, 7_500_000_000, "100000.5"),
        (ARM, 18_750_000_000, "235001.625"),
        (ARM, 19_750_000_000, "245668.325"),
    ],
)
def test_the_volume_tiers_have_the_listed_prices(architecture, gb_s, usd):
    assert pricing.monthly_duration_usd(Decimal(gb_s), architecture=architecture, region="us-east-1") == Decimal(usd)


def test_all_the_ephemeral_storage_adds_what_aws_says():
    """9.5 GB extra is 1.8 % of a 1 GB function."""
    extra = pricing.storage_usd(1000, 10_240, region="us-east-1")
    duration = pricing.duration_usd(1000, MemorySize(1024), architecture=X86, region="us-east-1")
    assert extra / duration == pytest.approx(Decimal("0.0176"), rel=Decimal("0.01"))


def test_every_region_has_plausible_prices():
    assert len(PRICE_LIST) == 24
    for prices in PRICE_LIST.values():
        assert Decimal("0.79") < prices.duration_arm64_usd / prices.duration_x86_64_usd < Decimal("0.81")
        assert Decimal("1.8e-7") <= prices.request_usd <= Decimal("2.8e-7")
        assert prices.storage_usd < prices.provisioned_allocation_usd < prices.provisioned_duration_usd


def test_an_unknown_region_names_those_that_are_known():
    with pytest.raises(InvalidValueError, match=r"'mars-north-1'.*us-east-1") as error:
        pricing.prices_of("mars-north-1")
    assert "--region" in error.value.hint
