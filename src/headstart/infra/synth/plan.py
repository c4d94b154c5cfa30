"""The stack of one function as data: what the three writers write, and what AWS refuses whichever of them writes it."""

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from headstart.errors import RequestError
from headstart.infra import infrastructure_table
from headstart.infra.infrastructure_table import InfrastructureTable
from headstart.infra.synth import measured
from headstart.infra.synth.measured import Measured
from headstart.model import alarm_plans, limits, provisioned_settings, quota, traffic_shift
from headstart.model.alarm_plans import FAILED_EVENTS, AlarmPlan, Watched
from headstart.model.alarm_settings import Evaluation, problems_of
from headstart.model.bundle import BundleSettings
from headstart.model.function import Architecture, FunctionSpec

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html (2026-11-25): and not digits alone
_ALIAS: Final = re.compile(r"(?!\d+$)[a-zA-Z0-9-_]{1,128}")
BUILD: Final = "build"
_REQUIREMENTS: Final = "requirements.txt"
_REPORTS: Final = "headstart-report"
# As GradualDeployment watches what it deploys.
EVALUATION: Final = Evaluation()
_DEPLOYMENT_ERROR_PERCENT, _DEPLOYMENT_MINIMUM_REQUESTS = 1, 5
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


class Format(StrEnum):
    """What is written."""

    CDK = "cdk"
    CLOUDFORMATION = "cloudformation"
    SAM = "sam"

    @property
    def is_template(self) -> bool:
        """Whether it is deployed as it is, and not a program that writes one."""
        return self is not Format.CDK


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What is deployed as the code, its paths relative to the folder that is written.

    ``is_built``: what ships is not the folder ``code`` as it is, but without the files and folders named ``left_out``,
    and, where there is ``bundle``, as ``headstart bundle`` makes it, with ``requirements`` installed beside where there
    are some. A template then names ``build``.
    """

    code: str
    requirements: str | None = None
    layers: tuple[str, ...] = ()
    is_built: bool = False
    left_out: tuple[str, ...] = ()
    bundle: BundleSettings | None = None

    @property
    def path(self) -> str:
        """What a template names."""
        return BUILD if self.is_built else self.code


class StackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One stack: its function, and what ``table`` says that there is beside. ``id`` begins every logical id.

    ``folder`` is where it is written.

    ``alarms`` and ``deployment_alarms`` are those that ``table`` asks for; ``account_concurrency`` is the quota that
    they were checked against; ``comments`` say of a setting of the function, or of ``duration_percent``, whence it is.
    ``version`` is that of Headstart. ``code_digest`` is another one for other code.
    """

    id: str
    spec: FunctionSpec
    package: Package
    table: InfrastructureTable
    account_concurrency: int
    alarms: tuple[AlarmPlan, ...]
    deployment_alarms: tuple[AlarmPlan, ...]
    comments: dict[str, str]
    said: tuple[str, ...]
    version: str
    code_digest: str = ""

    @property
    def function_id(self) -> str:
        """The logical id of the function, with which those of its role and its version begin."""
        return f"{self.id}Function"

    @property
    def memory_mb(self) -> int:
        """The memory size, as prices ask for it."""
        return self.spec.memory.mb

    @property
    def architecture(self) -> Architecture:
        """The processor, as prices ask for it."""
        return self.spec.architecture

    @property
    def ephemeral_storage_mb(self) -> int:
        """The size of ``/tmp``, as prices ask for it."""
        return self.spec.ephemeral_storage_mb


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is made of. ``configured`` are the keys of ``[function]`` that headstart.toml says, ``bundle`` its
    table ``[bundle]``."""

    spec: FunctionSpec
    table: InfrastructureTable
    folder: Path
    format: Format
    version: str
    account_concurrency: int | None = None
    configured: frozenset[str] = frozenset()
    bundle: BundleSettings = BundleSettings()
    measured: Measured | None = None


def plan(request: Request) -> StackPlan:
    """The stack, to be written into ``request.folder``.

    Raises:
        RequestError: what AWS, or the code as it lies there, does not allow; all of it, a line each.
    """
    table, spec = request.table, request.spec
    account_concurrency = request.account_concurrency or table.alarms.account_concurrency
    alarms = msgspec.structs.replace(
        table.alarms,
        account_concurrency=account_concurrency,
        duration_percent=measured.duration_percent(table.alarms, spec, measured=request.measured),
    )
    table = msgspec.structs.replace(table, alarms=alarms)
    quota_or_default = account_concurrency or limits.ACCOUNT_CONCURRENCY_DEFAULT
    stack = StackPlan(
        id=identifier(spec.name),
        spec=spec,
        package=_package(request),
        table=table,
        account_concurrency=quota_or_default,
        alarms=tuple(alarm_plans.of_function(alarms, _watched(spec, table))),
        deployment_alarms=tuple(alarm_plans.of_deployment(_DEPLOYMENT_ERROR_PERCENT, _DEPLOYMENT_MINIMUM_REQUESTS))
        if table.shift
        else (),
        comments=measured.comments(request.measured, spec=spec, alarms=alarms, configured=request.configured),
        said=tuple(_said(request)),
        version=request.version,
    )
    if problems := [*_problems(stack), *_package_problems(request)]:
        raise RequestError("\n".join(problems), hint="headstart init writes a file with every key")
    return stack


def identifier(name: str) -> str:
    """What logical ids begin with: as near to a function's name as CloudFormation allows."""
    words = re.findall(r"[a-zA-Z0-9]+", name)
    joined = "".join(word[0].upper() + word[1:] for word in words).removesuffix("Function")
    return joined if joined[:1].isalpha() else f"The{joined}"


def _watched(spec: FunctionSpec, table: InfrastructureTable) -> Watched:
    return Watched(
        timeout_s=spec.timeout_s,
        reserved=table.reserved,
        provisioned=table.provisioned.executions if table.provisioned else None,
        queues=(FAILED_EVENTS,) if table.failed_events else (),
    )


def _package(request: Request) -> Package:
    spec, folder = request.spec, request.folder
    code = spec.code.resolve()
    has_own = spec.requirements is not None and spec.requirements.resolve() == code / _REQUIREMENTS
    is_asked = request.bundle != BundleSettings()
    is_built_by_sam = request.format is Format.SAM and has_own and not is_asked
    is_bundled = is_asked or spec.requirements is not None
    holds_folder = folder.is_relative_to(code)
    left_out = (*folder.relative_to(code).parts[:1], _REPORTS) if holds_folder else ()
    return Package(
        code=_relative(code, folder),
        requirements=None if spec.requirements is None else _relative(spec.requirements, folder),
        layers=tuple(_relative(layer, folder) for layer in spec.layers),
        is_built=code.is_dir() and (holds_folder or (is_bundled and not is_built_by_sam)),
        left_out=(*left_out, *((_REQUIREMENTS,) if has_own else ())),
        bundle=request.bundle if is_bundled else None,
    )


def _package_problems(request: Request) -> Iterator[str]:
    spec = request.spec
    if request.folder == spec.code.resolve():
        yield f"--output is {request.folder}, the folder of the code itself; name another, or one in it"
    if spec.requirements is not None and spec.code.is_file():
        yield f"{spec.code} is a zip, into which {spec.requirements} cannot be installed; unpack it and name the folder"
    if request.bundle != BundleSettings() and spec.code.is_file():
        yield f"{spec.code} is a zip, in which [bundle] changes nothing; unpack it and name the folder"
    if spec.requirements is not None and spec.python_version is None:
        yield f"{spec.requirements} cannot be installed for {spec.runtime}, which has no Python of its own"


def _said(request: Request) -> Iterator[str]:
    if request.spec.region.startswith(("cn-", "us-gov-", "us-iso")):
        yield f"{request.spec.region} has prices of its own; a dashboard shows those of us-east-1"
    if request.measured is None:
        yield "nothing is measured yet, so that memory and alarms are as configured: headstart check measures"


def _problems(stack: StackPlan) -> Iterator[str]:
    table, place = stack.table, "[infrastructure]"
    if not _ALIAS.fullmatch(table.alias):
        yield f"{place} alias is {table.alias!r}; allowed: 1 … 128 letters, digits, - and _, not digits alone"
    if table.log_retention_days not in limits.LOG_RETENTION_DAYS:
        allowed = ", ".join(map(str, sorted(limits.LOG_RETENTION_DAYS)))
        yield f"{place} log_retention_days is {table.log_retention_days}; allowed: {allowed}"
    for email in table.emails:
        if not _EMAIL.fullmatch(email):
            yield f"{place} emails has {email!r}; allowed: name@example.com"
    yield from _placed("[infrastructure.alarms]", problems_of(table.alarms))
    yield from _placed("[infrastructure.alarms]", (each for alarm in stack.alarms for each in alarm_plans.vain(alarm)))
    if table.shift is not None:
        wrong = traffic_shift.problems_of(table.shift, EVALUATION)
        yield from _placed("[infrastructure.shift]", wrong)
    if table.vpc is not None:
        yield from _placed("[infrastructure.vpc]", infrastructure_table.problems_of(table.vpc))
    yield from _concurrency_problems(stack)


def _concurrency_problems(stack: StackPlan) -> Iterator[str]:
    reserved, provisioned = stack.table.reserved, stack.table.provisioned
    if reserved is not None:
        yield from _placed("[infrastructure] reserved:", quota.reserved_problems(reserved))
    if provisioned is not None:
        place = "[infrastructure.provisioned]"
        yield from _placed(place, provisioned_settings.problems_of(provisioned))
        if reserved is not None:
            yield from _placed(place, provisioned_settings.above_reserved(provisioned, reserved))
    claimed = reserved if reserved is not None else provisioned.executions if provisioned else 0
    yield from _placed("[infrastructure]", quota.overrun({stack.id: claimed}, stack.account_concurrency))


def _placed(place: str, sentences: Iterator[str]) -> Iterator[str]:
    return (f"{place} {sentence}" for sentence in sentences)


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder)).as_posix()
