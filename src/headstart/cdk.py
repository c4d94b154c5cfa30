"""Constructs for the AWS CDK that refuse at ``synth`` what AWS refuses at deployment, and the traps that it accepts.

Without a Node of your own, import this before ``aws_cdk`` and ``constructs``, or take both from here:
``from headstart.cdk import Construct, cdk``.

Raises:
    ExtraMissingError: the CDK is not installed: ``pip install 'headstart[cdk]'``.
"""

# ruff: noqa: E402 (to import the CDK starts Node)
import asyncio
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from headstart.errors import InvalidValueError
from headstart.infra.constructs import node

node.provide()

from headstart.audit import runner
from headstart.engine.clock import SystemClock
from headstart.infra import config_file, discover
from headstart.infra.config_file import Overrides
from headstart.infra.constructs.alarm_topic import AlarmTopic
from headstart.infra.constructs.batch_settings import BatchSettings, CsvRows, JsonLines, S3Objects
from headstart.infra.constructs.deployment_settings import DeploymentSettings
from headstart.infra.constructs.distributed_batch import DistributedBatch
from headstart.infra.constructs.function_alarms import FunctionAlarms
from headstart.infra.constructs.function_dashboard import FunctionDashboard
from headstart.infra.constructs.function_settings import FailedEvents, FunctionSettings, Network
from headstart.infra.constructs.gradual_deployment import GradualDeployment
from headstart.infra.constructs.library import Construct, cdk
from headstart.infra.constructs.policy_validation import PolicyValidation
from headstart.infra.constructs.provisioned_concurrency import ProvisionedConcurrency
from headstart.infra.constructs.reserved_concurrency import ReservedConcurrency
from headstart.infra.constructs.tuned_function import TunedFunction
from headstart.infra.project import Project
from headstart.inspection import look_at
from headstart.model.alarm_settings import AlarmSettings, Evaluation
from headstart.model.audit import AuditResult, AuditSettings
from headstart.model.bundle import BundleSettings
from headstart.model.deferral_result import LOCK_FILE
from headstart.model.finding import Severity
from headstart.model.function import Architecture, FunctionSpec, InitializationType
from headstart.model.provisioned_settings import CapacitySchedule, ProvisionedSettings, UtilizationTracking
from headstart.model.traffic_shift import Shift
from headstart.optimizing.locked import bundle_as_locked

__all__ = [
    "AlarmSettings",
    "AlarmTopic",
    "Architecture",
    "AuditSettings",
    "BatchSettings",
    "BundleSettings",
    "CapacitySchedule",
    "Construct",
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
    "Severity",
    "Shift",
    "TunedFunction",
    "UtilizationTracking",
    "audit_at_synth",
    "bundled",
    "cdk",
    "packaged",
]

_CODE: Final = "a folder, for requirements to be installed beside"


def audit_at_synth(app: cdk.App, settings: AuditSettings | None = None) -> None:
    """Let ``synth`` audit the templates and the code of ``app`` as ``headstart audit`` does, and fail where it exits 1.

    ``settings.fail_on`` says from which severity on; ``templates`` are the app's own, whatever it says.
    """
    asked = settings or AuditSettings()

    def audit(templates: Sequence[Path]) -> AuditResult:
        subject = look_at(templates[0].parent, replace(asked, templates=tuple(templates)), today=SystemClock().today())
        return runner.run(subject, asked)

    def is_refused(result: AuditResult) -> bool:
        return asked.fail_on is not None and bool(result.at_or_above(asked.fail_on))

    cdk.Validations.of(app).add_plugins(PolicyValidation(audit, is_refused=is_refused))


def bundled(
    code: Path | str,
    *,
    runtime: str,
    architecture: Architecture,
    requirements: Path | None = None,
    settings: BundleSettings | None = None,
    leave_out: Sequence[str] = (),
) -> cdk.aws_lambda.Code:
    """The code in a folder as ``headstart bundle`` makes it: for the function's own machine, with bytecode, pruned.

    ``requirements`` is a requirements file or a pyproject.toml; by default the one in the folder, if there is any.
    ``leave_out`` are names of files and folders in it that are not shipped. It is built once until something in it
    changes, and deployed again only then. What ``headstart bundle`` kept of the package in a headstart.lock.json in the
    folder is done; a warning says where that is of another package, or where ``settings`` ask for it and it is not
    there.

    Raises:
        InvalidValueError: the code is no folder.
        RuntimeMissingError: this machine has no Python of the function's version, whose bytecode it would be.
        PackageError: the requirements cannot be read or installed, or Lambda would refuse the package.
    """
    given = Overrides(runtime=runtime, architecture=architecture, requirements=requirements, events=())
    return _shipped(_folder(code), given, settings=settings, leave_out=leave_out)


def packaged(
    settings: FunctionSettings,
    *,
    requirements: Path | None = None,
    bundle: BundleSettings | None = None,
    leave_out: Sequence[str] = (),
) -> FunctionSettings:
    """The same function, ``bundled`` for its runtime and architecture.

    Raises:
        RequestError: as ``bundled``.
    """
    if isinstance(settings.code, cdk.aws_lambda.Code):
        raise InvalidValueError("code", settings.code, allowed=_CODE)
    given = Overrides(
        handler=settings.handler,
        runtime=settings.runtime,
        architecture=settings.architecture,
        memory_mb=settings.memory_mb,
        requirements=requirements,
        events=(),
    )
    folder = _folder(settings.code)
    code = _shipped(folder, given, settings=bundle, leave_out=leave_out, has_snap_start=settings.has_snap_start)
    return replace(settings, code=code)


def _folder(code: Path | str) -> Path:
    if not Path(code).is_dir():
        raise InvalidValueError("code", str(code), allowed=_CODE)
    return Path(code)


def _shipped(
    folder: Path,
    given: Overrides,
    *,
    settings: BundleSettings | None,
    leave_out: Sequence[str],
    has_snap_start: bool = False,
) -> cdk.aws_lambda.Code:
    project = _project(folder, given)
    if settings is not None:
        project = replace(project, bundle=settings)
    if has_snap_start:
        project = replace(project, initialization=InitializationType.SNAP_START)
    made = asyncio.run(bundle_as_locked(project, left_out=frozenset(leave_out)))
    for sentence in made.said:
        warnings.warn(sentence, stacklevel=3)
    follow = cdk.SymlinkFollowMode.NEVER
    return cdk.aws_lambda.Code.from_asset(str(made.folder), asset_hash=made.digest, follow_symlinks=follow)


def _project(folder: Path, given: Overrides) -> Project:
    """As ``headstart bundle`` would read it where that left a lock; else nothing of headstart.toml matters."""
    if (folder / LOCK_FILE).is_file():
        return config_file.resolve(folder, given)
    spec = FunctionSpec(
        name=folder.name,
        code=folder,
        handler=given.handler or "",
        runtime=given.runtime or "",
        architecture=Architecture(given.architecture or ""),
        requirements=given.requirements or discover.requirements(folder),
    )
    return Project(spec=spec, events=(), folder=folder)
