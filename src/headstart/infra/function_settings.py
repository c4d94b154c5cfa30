"""Makes a function of its settings, whoever said them: headstart.toml, flags, a folder or a template."""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from headstart.errors import InvalidValueError
from headstart.infra import settings
from headstart.infra.settings import FunctionTable
from headstart.model import limits
from headstart.model.function import Architecture, FunctionSpec, LogFormat, MemorySize

DEFAULT_REGION: Final = "us-east-1"
_LOG_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (2026-11-23)
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NAME_CHARACTERS_MAX: Final = 64
_Choice = TypeVar("_Choice", bound=StrEnum)


def spec(table: FunctionTable, code: Path, *, runtime: str, handler: str) -> FunctionSpec:
    """The function that ``table`` describes, with AWS's defaults for what it does not say. Its paths are absolute.

    Raises:
        ConfigError: an environment variable that is not text.
        InvalidValueError: a setting outside the range that AWS allows.
    """
    region = table.region or DEFAULT_REGION
    if not _REGION.fullmatch(region):
        raise InvalidValueError("region", region, allowed="a region's code", hint="--region eu-central-1")
    level = table.application_log_level
    storage_mb = table.ephemeral_storage_mb
    return FunctionSpec(
        name=_name(table.name, code),
        code=code,
        handler=handler,
        runtime=runtime,
        memory=MemorySize(limits.MEMORY_MB_MIN if table.memory_mb is None else table.memory_mb),
        timeout_s=limits.TIMEOUT_S_DEFAULT if table.timeout_s is None else table.timeout_s,
        architecture=_choice("architecture", table.architecture, kind=Architecture) or Architecture.X86_64,
        ephemeral_storage_mb=limits.EPHEMERAL_STORAGE_MB_MIN if storage_mb is None else storage_mb,
        environment=settings.environment(table.environment),
        layers=tuple(Path(layer) for layer in table.layers or ()),
        requirements=Path(table.requirements) if table.requirements else None,
        log_format=_choice("log_format", table.log_format, kind=LogFormat) or LogFormat.TEXT,
        application_log_level=None if level is None else _one_of("application_log_level", level, allowed=_LOG_LEVELS),
        region=region,
    )


def name_like(text: str) -> str:
    """A function name that is as near to ``text`` as Lambda allows."""
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", text).strip("-")[:_NAME_CHARACTERS_MAX] or "function"


def _name(given: str | None, code: Path) -> str:
    if given is None:
        return name_like(code.stem if code.is_file() else code.name)
    if not _NAME.fullmatch(given):
        raise InvalidValueError("name", given, allowed="1 … 64 letters, digits, - and _")
    return given


def _choice(name: str, value: str | None, *, kind: type[_Choice]) -> _Choice | None:
    return None if value is None else kind(_one_of(name, value, allowed=tuple(kind)))


def _one_of(name: str, value: str, *, allowed: Sequence[str]) -> str:
    """The allowed spelling of ``value``, whatever its case."""
    for choice in allowed:
        if choice.lower() == value.lower():
            return choice
    raise InvalidValueError(name, value, allowed=", ".join(allowed), hint=f'{name} = "{allowed[0]}"')
