"""Puts a project together: flags win over headstart.toml, the file over what the folder makes plain."""

import platform
import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from headstart.errors import ConfigError, InvalidValueError
from headstart.infra import discover, sample_events, service_settings, settings
from headstart.infra.project import Project
from headstart.infra.settings import EventTable, FunctionTable, Settings, TrafficTable
from headstart.model import limits
from headstart.model.function import Architecture, FunctionSpec, LogFormat, MemorySize
from headstart.model.invocation import Event
from headstart.model.results import Traffic

FILE_NAME = "headstart.toml"
_LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (2026-11-23)
_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_Choice = TypeVar("_Choice", bound=StrEnum)


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """Flags; None means not given. Paths are relative to the current folder, ``events`` as ``read_event`` takes them.

    ``environment`` adds to the file's; ``layers`` and ``events`` replace the file's.
    """

    name: str | None = None
    handler: str | None = None
    runtime: str | None = None
    memory_mb: int | None = None
    timeout_s: int | None = None
    architecture: str | None = None
    ephemeral_storage_mb: int | None = None
    log_format: str | None = None
    application_log_level: str | None = None
    region: str | None = None
    requirements: Path | None = None
    layers: tuple[Path, ...] | None = None
    environment: dict[str, str] = {}
    events: tuple[str, ...] | None = None
    invocations_per_month: int | None = None
    cold_ratio: float | None = None


class Host(msgspec.Struct, frozen=True):
    """What this machine would run without being told."""

    runtime: str
    architecture: Architecture


THIS_HOST = Host(
    runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}",
    architecture=Architecture.ARM64 if platform.machine() in ("arm64", "aarch64") else Architecture.X86_64,
)


def read(path: Path) -> Project:
    """The project of a headstart.toml, or of a folder or zip. Raises as ``resolve`` does."""
    return resolve(path, Overrides())


def resolve(path: Path, overrides: Overrides, *, stdin: BinaryIO | None = None, host: Host = THIS_HOST) -> Project:
    """The project at ``path`` (a folder, a zip, or a headstart.toml) with ``overrides`` over it.

    ``stdin`` is read for the event ``-``.

    Raises:
        ConfigError: a path that does not exist, or a setting that cannot be understood.
        InvalidValueError: a setting that is out of range.
        HandlerError: no handler, several, or one that is not there.
        EventError: an event that cannot be sent.
    """
    file = _config_of(path)
    in_file = settings.read(file) if file else Settings()
    base = (file.parent if file else path if path.is_dir() else path.parent).resolve()
    table = _merged(in_file.function, overrides, base=base)
    code = Path(table.code) if table.code else base if file else path.resolve()
    if not code.exists():
        raise ConfigError(f"code is {str(code)!r}, which does not exist", hint='a folder or a .zip: code = "."')
    said: list[str] = []
    spec = _spec(table, code, host=host, said=said)
    if overrides.events is not None:
        events = [sample_events.read_event(source, stdin or sys.stdin.buffer) for source in overrides.events]
    else:
        events = _events(in_file.events, base, code=code, said=said)
    traffic = _traffic(in_file.traffic, overrides)
    services = service_settings.needs(in_file.services, folder=base)
    return Project(spec=spec, events=tuple(events), traffic=traffic, services=services, said=tuple(said))


def _config_of(path: Path) -> Path | None:
    """The headstart.toml that ``path`` is or holds."""
    if not path.exists():
        raise ConfigError(f"{path} does not exist; needed: a folder, a .zip or a {FILE_NAME}", hint="headstart check .")
    if path.is_dir():
        return path / FILE_NAME if (path / FILE_NAME).is_file() else None
    if path.suffix not in (".zip", ".toml"):
        raise ConfigError(
            f"{path} is not a folder, a .zip or a {FILE_NAME}", hint=f"give the folder of the code: {path.parent}"
        )
    return path if path.suffix == ".toml" else None


def _merged(table: FunctionTable, flags: Overrides, *, base: Path) -> FunctionTable:
    """One table, its paths absolute."""
    placed = msgspec.structs.replace(
        table,
        code=None if table.code is None else str((base / table.code).resolve()),
        requirements=table.requirements and str((base / table.requirements).resolve()),
        layers=None if table.layers is None else tuple(str((base / layer).resolve()) for layer in table.layers),
        environment={**table.environment, **flags.environment},
    )
    given = {
        name: getattr(flags, name)
        for name in set(table.__struct_fields__) & set(flags.__struct_fields__) - {"environment"}
        if getattr(flags, name) is not None
    }
    if flags.requirements is not None:
        given["requirements"] = str(flags.requirements.resolve())
    if flags.layers is not None:
        given["layers"] = tuple(str(layer.resolve()) for layer in flags.layers)
    return msgspec.structs.replace(placed, **given)


def _spec(table: FunctionTable, code: Path, *, host: Host, said: list[str]) -> FunctionSpec:
    requirements = _requirements(table, code, said=said)
    layers = tuple(Path(layer) for layer in table.layers or ())
    for needed in (*layers, *filter(None, [requirements])):
        if not needed.exists():
            raise ConfigError(f"{needed} does not exist", hint=f"ls {needed.parent}")
    runtime = table.runtime or _runtime(code, host, said=said)
    region = table.region or "us-east-1"
    if not _REGION.fullmatch(region):
        raise InvalidValueError("region", region, allowed="a region's code", hint="--region eu-central-1")
    level = table.application_log_level
    return FunctionSpec(
        name=_name(table.name, code),
        code=code,
        handler=_handler(table, code, runtime=runtime, elsewhere=bool(layers or requirements), said=said),
        runtime=runtime,
        memory=MemorySize(limits.MEMORY_MB_MIN if table.memory_mb is None else table.memory_mb),
        timeout_s=limits.TIMEOUT_S_DEFAULT if table.timeout_s is None else table.timeout_s,
        architecture=_choice("architecture", table.architecture, kind=Architecture) or host.architecture,
        ephemeral_storage_mb=table.ephemeral_storage_mb
        if table.ephemeral_storage_mb is not None
        else limits.EPHEMERAL_STORAGE_MB_MIN,
        environment=settings.environment(table.environment),
        layers=layers,
        requirements=requirements,
        log_format=_choice("log_format", table.log_format, kind=LogFormat) or LogFormat.TEXT,
        application_log_level=None if level is None else _one_of("application_log_level", level, allowed=_LOG_LEVELS),
        region=region,
    )


def _choice(name: str, value: str | None, *, kind: type[_Choice]) -> _Choice | None:
    return None if value is None else kind(_one_of(name, value, allowed=tuple(kind)))


def _one_of(name: str, value: str, *, allowed: Sequence[str]) -> str:
    """The allowed spelling of ``value``, whatever its case."""
    for choice in allowed:
        if choice.lower() == value.lower():
            return choice
    raise InvalidValueError(name, value, allowed=", ".join(allowed), hint=f'{name} = "{allowed[0]}"')


def _name(given: str | None, code: Path) -> str:
    if given is None:
        return re.sub(r"[^a-zA-Z0-9_-]+", "-", code.stem if code.is_file() else code.name).strip("-")[:64] or "function"
    if not _FUNCTION_NAME.fullmatch(given):
        raise InvalidValueError("name", given, allowed="1 … 64 letters, digits, - and _")
    return given


def _runtime(code: Path, host: Host, *, said: list[str]) -> str:
    if discover.has_bootstrap(code):
        said.append(f"runtime: {limits.CUSTOM_RUNTIMES[-1]}, because the package has a bootstrap")
        return limits.CUSTOM_RUNTIMES[-1]
    if host.runtime in limits.PYTHON_RUNTIMES:
        said.append(f"runtime: {host.runtime}, the Python that runs Headstart")
        return host.runtime
    said.append(f"runtime: {limits.PYTHON_RUNTIMES[-1]}, Lambda's newest ({host.runtime} is not one of Lambda's)")
    return limits.PYTHON_RUNTIMES[-1]


def _handler(table: FunctionTable, code: Path, *, runtime: str, elsewhere: bool, said: list[str]) -> str:
    if runtime in limits.CUSTOM_RUNTIMES:
        return table.handler or "bootstrap"
    if table.handler is not None:
        discover.verify(code, table.handler, elsewhere=elsewhere)
        return table.handler
    found = discover.find_handler(code)
    said.append(found.said)
    return found.handler


def _requirements(table: FunctionTable, code: Path, *, said: list[str]) -> Path | None:
    if table.requirements is not None:
        return Path(table.requirements) if table.requirements else None
    found = discover.requirements(code)
    if found:
        said.append(f"requirements: {found.name}, found beside the code")
    return found


def _events(tables: Sequence[EventTable], base: Path, *, code: Path, said: list[str]) -> list[Event]:
    if tables:
        return [_event(table, number, base=base) for number, table in enumerate(tables, start=1)]
    for folder in dict.fromkeys((base, code)):
        if files := discover.events(folder):
            said.append(f"events: {', '.join(file.name for file in files)}, found in events/")
            return [sample_events.read_file(file) for file in files]
    said.append("event: {}, because none was given")
    return [Event(b"{}", name="empty")]


def _event(table: EventTable, number: int, *, base: Path) -> Event:
    if sum(source is not None for source in (table.file, table.sample, table.payload)) != 1:
        raise ConfigError(
            f"event {number} of [[events]] needs exactly one of file, sample and payload", hint='sample = "s3-put"'
        )
    if not table.weight > 0:
        raise InvalidValueError(f"weight of event {number}", table.weight, allowed="above 0")
    if table.file is not None:
        event = sample_events.read_file(base / table.file, name=table.name)
    elif table.sample is not None:
        event = sample_events.load(table.sample)
    else:
        # A text is JSON already written out; anything else is TOML's way to say it.
        payload = table.payload.encode() if isinstance(table.payload, str) else msgspec.json.encode(table.payload)
        event = sample_events.parse(payload, name=f"event-{number}")
    return msgspec.structs.replace(event, name=table.name or event.name, weight=table.weight)


def _traffic(table: TrafficTable, flags: Overrides) -> Traffic:
    default = Traffic()
    monthly = _first(flags.invocations_per_month, table.invocations_per_month, default.invocations_per_month)
    cold_ratio = _first(flags.cold_ratio, table.cold_ratio, default.cold_ratio)
    if monthly < 0:
        raise InvalidValueError("invocations_per_month", monthly, allowed="0 or more")
    if not 0 <= cold_ratio <= 1:
        raise InvalidValueError("cold_ratio", cold_ratio, allowed="0 … 1", hint="cold_ratio = 0.01")
    return Traffic(invocations_per_month=int(monthly), cold_ratio=cold_ratio)


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)
