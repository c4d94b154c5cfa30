"""What AWS bills, in Decimal USD at list price: requests, duration in tiers, ephemeral storage; never the free tier."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from headstart.errors import InvalidValueError
from headstart.model import limits
from headstart.model.function import Architecture, MemorySize
from headstart.model.price_list import (
    AS_OF,
    PRICE_LIST,
    SNAP_START_PRICES,
    SNAP_START_PRICES_ELSEWHERE,
    RegionPrices,
    SnapStartPrices,
)

__all__ = [
    "AS_OF",
    "MILLION",
    "duration_usd",
    "gb_seconds",
    "monthly_duration_usd",
    "prices_of",
    "request_usd",
    "snap_start_prices_of",
    "storage_usd",
]

MILLION: Final = 1_000_000
_BILLION: Final = 1_000_000_000
_PRICE_STEP: Final = Decimal("1e-10")

# https://aws.amazon.com/lambda/pricing/ (2026-07): (up to GB-seconds per month, share of the first tier's price);
# per account, region and architecture. Rounded to AWS's ten decimals the shares give the listed prices exactly.
_TIERS: Final = {
    Architecture.X86_64: (
        (Decimal(6 * _BILLION), Decimal(1)),
        (Decimal(15 * _BILLION), Decimal("0.9")),
        (Decimal("Infinity"), Decimal("0.8")),
    ),
    Architecture.ARM64: (
        (Decimal(7_500_000_000), Decimal(1)),
        (Decimal(18_750_000_000), Decimal("0.9")),
        (Decimal("Infinity"), Decimal("0.8")),
    ),
}


def prices_of(region: str) -> RegionPrices:
    """The list prices of ``region``.

    Raises:
        InvalidValueError: a region that is not in the price list.
    """
    try:
        return PRICE_LIST[region]
    except KeyError:
        raise InvalidValueError(
            "region", region, allowed=", ".join(PRICE_LIST), hint="--region us-east-1 has the price of most regions"
        ) from None


def snap_start_prices_of(region: str) -> SnapStartPrices:
    """What SnapStart costs for Python in ``region``; in most, that of us-east-1 stands for it."""
    return SNAP_START_PRICES_ELSEWHERE.get(region, SNAP_START_PRICES)


def gb_seconds(billed_ms: Decimal | int, memory: MemorySize) -> Decimal:
    """GB-seconds of ``billed_ms`` at ``memory``; exact."""
    return Decimal(memory.mb) * billed_ms / (1024 * 1000)


def duration_usd(billed_ms: Decimal | int, memory: MemorySize, *, architecture: Architecture, region: str) -> Decimal:
    """Price of ``billed_ms`` of duration (or init) in the first tier; exact."""
    return gb_seconds(billed_ms, memory) * _gb_second_usd(architecture, region)


def monthly_duration_usd(gb_s: Decimal, *, architecture: Architecture, region: str) -> Decimal:
    """Price of one month's GB-seconds of one account, region and architecture, through the volume tiers."""
    first_usd, below, total = _gb_second_usd(architecture, region), Decimal(0), Decimal(0)
    for up_to, share in _TIERS[architecture]:
        price = (first_usd * share).quantize(_PRICE_STEP, ROUND_HALF_UP)
        total += max(Decimal(0), min(gb_s, up_to) - below) * price
        below = up_to
    return total


def request_usd(requests: int, region: str) -> Decimal:
    """Price of ``requests`` synchronous requests; exact."""
    return requests * prices_of(region).request_usd


def storage_usd(billed_ms: Decimal | int, ephemeral_storage_mb: int, *, region: str) -> Decimal:
    """Price of ``/tmp`` above the free 512 MB during ``billed_ms``; exact."""
    extra_mb = max(0, ephemeral_storage_mb - limits.EPHEMERAL_STORAGE_MB_MIN)
    return Decimal(extra_mb) * billed_ms / (1024 * 1000) * prices_of(region).storage_usd


def _gb_second_usd(architecture: Architecture, region: str) -> Decimal:
    prices = prices_of(region)
    return prices.duration_arm64_usd if architecture is Architecture.ARM64 else prices.duration_x86_64_usd
