"""Constructs for the AWS CDK that refuse at ``synth`` what AWS refuses at deployment, and the traps that it accepts.

Without a Node of your own, import this before ``aws_cdk``, or take that from here: ``from headstart.cdk import cdk``.

Raises:
    ExtraMissingError: the CDK is not installed: ``pip install 'headstart[cdk]'``.
"""

# ruff: noqa: E402 (to import the CDK starts Node)
from headstart.infra.constructs import node

node.provide()

from headstart.infra.constructs.alarm_settings import AlarmSettings, Evaluation
from headstart.infra.constructs.alarm_topic import AlarmTopic
from headstart.infra.constructs.batch_settings import BatchSettings, CsvRows, JsonLines, S3Objects
from headstart.infra.constructs.concurrency_settings import CapacitySchedule, ProvisionedSettings, UtilizationTracking
from headstart.infra.constructs.deployment_settings import DeploymentSettings, Shift
from headstart.infra.constructs.distributed_batch import DistributedBatch
from headstart.infra.constructs.function_alarms import FunctionAlarms
from headstart.infra.constructs.function_dashboard import FunctionDashboard
from headstart.infra.constructs.function_settings import FailedEvents, FunctionSettings, Network
from headstart.infra.constructs.gradual_deployment import GradualDeployment
from headstart.infra.constructs.library import cdk
from headstart.infra.constructs.provisioned_concurrency import ProvisionedConcurrency
from headstart.infra.constructs.reserved_concurrency import ReservedConcurrency
from headstart.infra.constructs.tuned_function import TunedFunction
from headstart.model.function import Architecture

__all__ = [
    "AlarmSettings",
    "AlarmTopic",
    "Architecture",
    "BatchSettings",
    "CapacitySchedule",
    "CsvRows",
    "DeploymentSettings",
    "DistributedBatch",
    "Evaluation",
    "FailedEvents",
    "FunctionAlarms",
    "FunctionDashboard",
    "FunctionSettings",
    "GradualDeployment",
    "JsonLines",
    "Network",
    "ProvisionedConcurrency",
    "ProvisionedSettings",
    "ReservedConcurrency",
    "S3Objects",
    "Shift",
    "TunedFunction",
    "UtilizationTracking",
    "cdk",
]
