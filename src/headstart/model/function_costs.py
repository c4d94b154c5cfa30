"""What a function costs at list price, for a dashboard that draws it."""

from decimal import Decimal
from typing import Final, Protocol

from headstart.model import pricing
from headstart.model.function import Architecture, MemorySize
from headstart.model.price_list import PRICE_LIST

_DEFAULT_REGION: Final = "us-east-1"


class Sized(Protocol):
    """What the price of a function depends on."""

    @property
    def memory_mb(self) -> int:
        """Its memory size."""

    @property
    def architecture(self) -> Architecture:
        """Its processor."""

    @property
    def ephemeral_storage_mb(self) -> int:
        """The size of its ``/tmp``."""


def priced_region(region: str) -> str:
    """``region``; us-east-1 where only a deployment knows it, or the price list has it not."""
    return region if region in PRICE_LIST else _DEFAULT_REGION


def on_demand_ms_usd(function: Sized, region: str) -> Decimal:
    """A billed millisecond on demand, with its ``/tmp``."""
    memory = MemorySize(function.memory_mb)
    duration_usd = pricing.duration_usd(1, memory, architecture=function.architecture, region=region)
    return duration_usd + pricing.storage_usd(1, function.ephemeral_storage_mb, region=region)


def provisioned_hour_usd(function: Sized, region: str) -> Decimal:
    """An hour of one provisioned environment, used or not; of x86_64, which arm64 is below."""
    return pricing.prices_of(region).provisioned_allocation_usd * function.memory_mb / 1024 * 3600


def plain(number: Decimal) -> str:
    """Without an exponent, which CloudWatch does not read; to 15 places."""
    return f"{number:.15f}".rstrip("0").rstrip(".")
