"""Constructs for the AWS CDK that refuse at ``synth`` what AWS refuses at deployment, and the traps that it accepts.

Without Node of your own, import this before ``aws_cdk``, or take it from here: ``from headstart.cdk import cdk``.

Raises:
    ExtraMissingError: the CDK is not installed: ``pip install 'headstart[cdk]'``.
"""

from headstart.infra.constructs import node

node.provide()  # importing what follows starts Node

from headstart.infra.constructs.concurrency_settings import (  # noqa: E402
    CapacitySchedule,
    ProvisionedSettings,
    UtilizationTracking,
)
from headstart.infra.constructs.function_settings import FailedEvents, FunctionSettings, Network  # noqa: E402
from headstart.infra.constructs.provisioned_concurrency import ProvisionedConcurrency  # noqa: E402
from headstart.infra.constructs.reserved_concurrency import ReservedConcurrency  # noqa: E402
from headstart.infra.constructs.tuned_function import TunedFunction  # noqa: E402
from headstart.model.function import Architecture  # noqa: E402

__all__ = [
    "Architecture",
    "CapacitySchedule",
    "FailedEvents",
    "FunctionSettings",
    "Network",
    "ProvisionedConcurrency",
    "ProvisionedSettings",
    "ReservedConcurrency",
    "TunedFunction",
    "UtilizationTracking",
]
