"""Prices: exact, additive, monotone."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from headstart.model import pricing
from headstart.model.function import Architecture, MemorySize
from headstart.model.price_list import PRICE_LIST

REGIONS = st.sampled_from(sorted(PRICE_LIST))
ARCHITECTURES = st.sampled_from(Architecture)
MEMORY = st.integers(128, 10_240).map(MemorySize)
BILLED_MS = st.integers(0, 900_000)
GB_S = st.integers(0, 40_000_000_000).map(Decimal)


@given(BILLED_MS, BILLED_MS, MEMORY, ARCHITECTURES, REGIONS)
def test_duration_is_additive_to_the_last_digit(first, second, memory, architecture, region):
    def usd(ms):
        return pricing.duration_usd(ms, memory, architecture=architecture, region=region)

    assert usd(first) + usd(second) == usd(first + second)


@given(BILLED_MS, st.integers(128, 10_239), ARCHITECTURES, REGIONS)
def test_more_memory_is_never_cheaper(ms, mb, architecture, region):
    less, more = (
        pricing.duration_usd(ms, MemorySize(size), architecture=architecture, region=region) for size in (mb, mb + 1)
    )
    assert less < more if ms else less == more == 0


@given(BILLED_MS.filter(bool), MEMORY, REGIONS)
def test_arm64_is_cheaper_everywhere(ms, memory, region):
    arm, x86 = (
        pricing.duration_usd(ms, memory, architecture=architecture, region=region)
        for architecture in (Architecture.ARM64, Architecture.X86_64)
    )
    assert arm < x86


@given(GB_S, GB_S, ARCHITECTURES, REGIONS)
def test_tiers_make_more_usage_dearer_but_never_dearer_per_gb_second(first, second, architecture, region):
    def usd(gb_s):
        return pricing.monthly_duration_usd(gb_s, architecture=architecture, region=region)

    assert usd(first) <= usd(first + second) <= usd(first) + usd(second)


@given(BILLED_MS, MEMORY, ARCHITECTURES, REGIONS)
def test_a_small_month_costs_the_first_tier(ms, memory, architecture, region):
    monthly = pricing.monthly_duration_usd(pricing.gb_seconds(ms, memory), architecture=architecture, region=region)
    assert monthly == pricing.duration_usd(ms, memory, architecture=architecture, region=region)


@given(BILLED_MS, st.integers(512, 10_240), REGIONS)
def test_only_storage_above_512_mb_costs(ms, storage_mb, region):
    usd = pricing.storage_usd(ms, storage_mb, region=region)
    assert (usd > 0) == (ms > 0 and storage_mb > 512)
