"""What a function costs at list price, for a dashboard that draws it."""

from decimal import Decimal
from typing import Final

import aws_cdk as cdk
from constructs import IConstruct

from headstart.infra.constructs.function_settings import FunctionSettings
from headstart.model import pricing
from headstart.model.function import MemorySize
from headstart.model.price_list import PRICE_LIST

_DEFAULT_REGION: Final = "us-east-1"


def priced_region(construct: IConstruct) -> str:
    """The Region of a construct; us-east-1 where only a deployment knows it, or the price list has it not."""
    region = cdk.Stack.of(construct).region
    return region if region in PRICE_LIST else _DEFAULT_REGION


def on_demand_ms_usd(settings: FunctionSettings, region: str) -> Decimal:
    """A billed millisecond on demand, with its ``/tmp``."""
    memory = MemorySize(settings.memory_mb)
    duration_usd = pricing.duration_usd(1, memory, architecture=settings.architecture, region=region)
    return duration_usd + pricing.storage_usd(1, settings.ephemeral_storage_mb, region=region)


def provisioned_hour_usd(settings: FunctionSettings, region: str) -> Decimal:
    """An hour of one provisioned environment, used or not; of x86_64, which arm64 is below."""
    return pricing.prices_of(region).provisioned_allocation_usd * settings.memory_mb / 1024 * 3600


def plain(number: Decimal) -> str:
    """Without an exponent, which CloudWatch does not read; to 15 places."""
    return f"{number:.15f}".rstrip("0").rstrip(".")
