"""What headstart.toml may say: its tables and keys, and errors that name the key, the value and what is allowed."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from headstart.errors import ConfigError, InvalidValueError
from headstart.infra.infrastructure_table import INNER, InfrastructureTable
from headstart.model import limits
from headstart.model.bundle import BundleSettings


class FunctionTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[function]``; None means not said. Paths are relative to the file."""

    name: str | None = None
    code: str | None = None
    handler: str | None = None
    runtime: str | None = None
    memory_mb: int | None = None
    timeout_s: int | None = None
    architecture: str | None = None
    ephemeral_storage_mb: int | None = None
    log_format: str | None = None
    application_log_level: str | None = None
    region: str | None = None
    requirements: str | None = None
    layers: tuple[str, ...] | None = None
    environment: dict[str, Any] = {}


class TemplateTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[template]``, whose function is the one; None means not said. ``file`` is relative to headstart.toml."""

    file: str | None = None
    function: str | None = None
    parameters: dict[str, Any] = {}
    imports: dict[str, str] = {}
    stack: str | None = None


class EventTable(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``[[events]]``: exactly one of file, sample and payload."""

    name: str | None = None
    file: str | None = None
    sample: str | None = None
    payload: Any = None
    weight: float = 1.0


class TrafficTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[traffic]``."""

    invocations_per_month: int | None = None
    cold_ratio: float | None = None


class ServicesTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[services]``: true to start a server, or the URL of one's own; then what fills those that are started."""

    postgres: bool | str = False
    redis: bool | str = False
    aws: bool | str = False
    setup: str | None = None
    buckets: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    objects: str | None = None


class AuditTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[audit]``; None means not said. Paths are relative to the file."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: dict[str, str] = {}
    exclude: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    account_concurrency: int | None = None
    fail_on: str | None = None
    baseline: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All of headstart.toml."""

    function: FunctionTable = FunctionTable()
    template: TemplateTable = TemplateTable()
    events: tuple[EventTable, ...] = ()
    traffic: TrafficTable = TrafficTable()
    services: ServicesTable = ServicesTable()
    audit: AuditTable = AuditTable()
    bundle: BundleSettings = BundleSettings()
    infrastructure: InfrastructureTable = InfrastructureTable()


_TABLES: dict[str, type[msgspec.Struct]] = {
    "function": FunctionTable,
    "template": TemplateTable,
    "events": EventTable,
    "traffic": TrafficTable,
    "services": ServicesTable,
    "audit": AuditTable,
    "bundle": BundleSettings,
    "infrastructure": InfrastructureTable,
    **INNER,
}
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)` - at `\$\.?(?P<place>[^`]*)`")
_EVERY_KEY = "headstart init writes a file with every key"
_MISSING = re.compile(r"Object missing required field `(?P<key>[^`]*)` - at `\$\.(?P<place>[^`]*)`")
_IN_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": 'a text in quotes, "…"',
    "array": "a list, […]",
    "object": "a table",
    "bool | str": "true, or the URL of your own server",
}
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-23): the reserved names, but for
# credentials, which a local run may need.
_RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")


def read(path: Path) -> Settings:
    """The settings in ``path``.

    Raises:
        ConfigError: it cannot be read, is not TOML, or has an unknown key or a value of another type.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="headstart init") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}", hint='texts need quotes: handler = "app.handler"') from error
    _refuse_unknown_keys(content, path)
    try:
        return msgspec.convert(content, Settings)
    except msgspec.ValidationError as error:
        raise _wrong_type(content, path, message=str(error)) from error


def environment(variables: Mapping[str, object]) -> dict[str, str]:
    """The environment variables, checked as Lambda checks them.

    Raises:
        ConfigError: a value that is not text.
        InvalidValueError: a name that Lambda refuses or reserves, or more than 4 KB in all.
    """
    for name, value in variables.items():
        if not isinstance(value, str):
            raise ConfigError(
                f"environment variable {name} is {value!r}; needed: a text in quotes", hint=f'{name} = "{value}"'
            )
        if not _VARIABLE.fullmatch(name) or name in _RESERVED:
            allowed = "a letter, then letters, digits and _; not a name that Lambda sets itself"
            raise InvalidValueError("environment variable name", name, allowed=allowed)
    total_bytes = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
    if total_bytes > limits.ENVIRONMENT_VARIABLES_BYTES_MAX:
        allowed = f"at most {limits.ENVIRONMENT_VARIABLES_BYTES_MAX:,} bytes, names and values together"
        raise InvalidValueError("size of the environment variables", total_bytes, allowed=allowed)
    return {name: str(value) for name, value in variables.items()}


def without_secrets(text: str) -> str:
    """``text`` without what a URL in it may hold, or what may have been meant for one."""
    pattern, kept = (r"://[^'\"\s]*", "://…") if "://" in text else (r"[^'\"\s]*@", "…@")
    return re.sub(pattern, kept, text)


def _refuse_unknown_keys(content: Mapping[str, Any], path: Path) -> None:
    _refuse_unknown(content, Settings.__struct_fields__, place="", path=path)
    for name, table in _TABLES.items():
        parts = _at(content, name.split("."))
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, dict):
                place = f"[[{name}]]" if isinstance(parts, list) else f"[{name}]"
                _refuse_unknown(part, table.__struct_fields__, place=place, path=path)


def _at(content: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        content = content.get(step) if isinstance(content, dict) else None
    return content


def _refuse_unknown(keys: Mapping[str, Any], known: tuple[str, ...], *, place: str, path: Path) -> None:
    for key in keys:
        if key not in known:
            where = f" in {place}" if place else ""
            raise ConfigError(
                f"{path}: unknown key {key!r}{where}; allowed: {', '.join(known)}", hint=_meant(key, known)
            )


def _meant(key: str, known: tuple[str, ...]) -> str:
    beginning = [name for name in known if name.startswith(key)]
    owners = [name for name, table in _TABLES.items() if key in table.__struct_fields__]
    if owners and not beginning:
        return f"{key} belongs in the table [{owners[0]}]"
    close = beginning or difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}?" if close else _EVERY_KEY


def _wrong_type(content: Mapping[str, Any], path: Path, *, message: str) -> ConfigError:
    parts = _EXPECTED.search(message)
    if parts is None and (missing := _MISSING.fullmatch(message)):
        return ConfigError(f"{path}: [{missing['place']}] needs {missing['key']}", hint=_EVERY_KEY)
    if parts is None:
        return ConfigError(f"{path}: {message}", hint=_EVERY_KEY)
    place = parts["place"]
    wanted = parts["wanted"].removesuffix(" | null")
    value = _value_at(content, place)
    return ConfigError(
        f"{path}: {place} is {without_secrets(repr(value))}; needed: {_IN_WORDS.get(wanted, wanted)}",
        hint=_example(place, value, wanted=wanted),
    )


def _value_at(content: Any, place: str) -> Any:
    for step in re.findall(r"\w+", place):
        content = content[int(step) if isinstance(content, list) else step]
    return content


def _example(place: str, value: Any, *, wanted: str) -> str:
    key = place.rpartition(".")[2]
    if wanted == "bool | str":
        return f"{key} = true"
    if wanted == "int" and str(value).strip().isdigit():
        return f"{key} = {str(value).strip()}"
    if wanted == "str" and isinstance(value, int | float):
        return f'{key} = "{value}"'
    if wanted == "array" and isinstance(value, str):
        return f'{key} = ["{value}"]'
    return _EVERY_KEY
