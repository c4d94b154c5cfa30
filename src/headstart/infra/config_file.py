"""Puts a project together: flags win over headstart.toml, the file over what the folder makes plain."""

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from headstart.errors import ConfigError, InvalidValueError
from headstart.infra import bundle_facts, discover, function_settings, sample_events, service_settings, settings
from headstart.infra.project import Project
from headstart.infra.settings import EventTable, FunctionTable, Settings, TemplateTable, TrafficTable
from headstart.infra.template import assembly
from headstart.model import limits
from headstart.model.function import Architecture, FunctionSpec, InitializationType
from headstart.model.infrastructure import DeclaredFunction
from headstart.model.invocation import Event
from headstart.model.results import Traffic
from headstart.model.services import ServiceNeeds

if TYPE_CHECKING:
    from headstart.infra.template.chosen import Chosen

FILE_NAME = "headstart.toml"
TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_PATHS = f"a folder, a .zip, a template or a {FILE_NAME}"


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """Flags; None means not given. Paths are relative to the current folder, ``events`` as ``read_event`` takes them.

    ``environment`` adds to the file's, as do parameters and imports of ``template``, whose ``file`` is not asked;
    ``layers`` and ``events`` replace the file's.
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
    template: TemplateTable = TemplateTable()


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
    """The project at ``path`` (a folder, a zip, a template, or a headstart.toml) with ``overrides`` over it.

    Of a headstart.toml beside the code of a template's function come its events, traffic and services, and the values
    of environment variables that the template leaves open.
    ``stdin`` is read for the event ``-``.

    Raises:
        ConfigError: a path that does not exist, or a setting that cannot be understood.
        InvalidValueError: a setting that is out of range.
        TemplateError: a template that cannot be read, or a function in it whose code is not here.
        HandlerError: no handler, several, or one that is not there.
        EventError: an event that cannot be sent.
    """
    origin = _origin(path, overrides)
    said = list(origin.said)
    flags = _of_flags(overrides)
    table = _over(_over(origin.table, _of_bundle(origin.code, flags, said=said)), flags)
    spec = _spec(table, origin.code, host=host, said=said)
    if overrides.events is not None:
        events = [sample_events.read_event(source, stdin or sys.stdin.buffer) for source in overrides.events]
    else:
        events = _events(origin, said=said)
    traffic = _traffic(origin.settings.traffic, overrides)
    services = service_settings.needs(origin.settings.services, folder=origin.folder)
    if names := origin.open_variables:
        services_or = "what [services] sets, or " if services != ServiceNeeds() else ""
        said.append(
            f"environment: {', '.join(names)}: known only after deployment, here {services_or}texts that look like it; "
            f"--env {names[0]}=VALUE says one"
        )
    return Project(
        spec=spec,
        events=tuple(events),
        traffic=traffic,
        services=services,
        bundle=origin.settings.bundle,
        is_bare_bundle=origin.settings == Settings() and bundle_facts.read(origin.code) is not None,
        open_variables=frozenset(origin.open_variables),
        said=tuple(said),
        folder=origin.folder,
        template=origin.template,
        declared=origin.declared,
        initialization=origin.initialization,
    )


class _Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a path leads to: the function's ``table`` and ``code``; ``settings`` and their ``folder`` for all else.

    ``near`` is the folder in which events may lie too. ``open_variables`` are those of a template that nothing else
    says.
    """

    table: FunctionTable
    code: Path
    settings: Settings
    folder: Path
    near: Path
    template: Path | None = None
    initialization: InitializationType = InitializationType.ON_DEMAND
    declared: DeclaredFunction | None = None
    open_variables: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def _origin(path: Path, overrides: Overrides) -> _Origin:
    file = _config_of(path)
    in_file = settings.read(file) if file else Settings()
    folder = (file.parent if file else path if path.is_dir() else path.parent).resolve()
    table = _over(_placed(in_file.function, folder), _of_flags(overrides))
    template = path if is_template(path) else folder / in_file.template.file if in_file.template.file else None
    chosen = _chosen(path, template, in_file=in_file, overrides=overrides)
    if chosen is None:
        code = Path(table.code) if table.code else folder if file else path.resolve()
        return _Origin(
            table=table,
            code=_existing(code),
            settings=in_file,
            folder=folder,
            near=folder,
            initialization=in_file.infrastructure.initialization,
        )
    given = table.code or chosen.table.code
    if given is None:
        raise chosen.no_code()
    code = _existing(Path(given))
    of_code = (code / FILE_NAME).is_file() and file is None
    beside = settings.read(code / FILE_NAME) if of_code else in_file
    said_of_open = {name: value for name, value in beside.function.environment.items() if name in chosen.open_variables}
    table = _over(FunctionTable(environment=said_of_open), table)
    return _Origin(
        table=_over(chosen.table, table),
        code=code,
        settings=beside,
        folder=code if of_code else folder,
        near=folder,
        template=template,
        declared=chosen.declared,
        initialization=chosen.initialization,
        open_variables=tuple(name for name in chosen.open_variables if name not in table.environment),
        said=chosen.said,
    )


def is_template(path: Path) -> bool:
    """Whether ``path`` is a template's file by its name, or a folder that ``cdk synth`` wrote."""
    if path.is_dir():
        return assembly.is_assembly(path)
    return path.suffix in TEMPLATE_SUFFIXES


def _config_of(path: Path) -> Path | None:
    """The headstart.toml that ``path`` is or holds."""
    if not path.exists():
        raise ConfigError(f"{path} does not exist; needed: {_PATHS}", hint="headstart check .")
    if is_template(path):
        return None
    if path.is_dir():
        return path / FILE_NAME if (path / FILE_NAME).is_file() else None
    if path.suffix not in (".zip", ".toml"):
        raise ConfigError(f"{path} is not {_PATHS}", hint=f"give the folder of the code: {path.parent}")
    return path if path.suffix == ".toml" else None


def _chosen(path: Path, file: Path | None, *, in_file: Settings, overrides: Overrides) -> "Chosen | None":
    """The function of the template ``file``, which ``path`` is or headstart.toml names; None where there is none."""
    flags = overrides.template
    if file is None:
        if flags != TemplateTable() or in_file.template != TemplateTable():
            raise ConfigError(
                f"{path} is no template, so that it has no function of a name, parameters or stacks",
                hint=_of_template(path),
            )
        return None
    from headstart.infra.template.chosen import choose  # noqa: PLC0415  (half of the time that this module takes to load)

    asked = TemplateTable(
        function=flags.function or in_file.template.function,
        parameters={**in_file.template.parameters, **flags.parameters},
        imports={**in_file.template.imports, **flags.imports},
        stack=flags.stack or in_file.template.stack,
    )
    return choose(file, asked, region=overrides.region or in_file.function.region)


def _of_template(path: Path) -> str:
    near = next(
        (file for suffix in TEMPLATE_SUFFIXES if (file := path / f"template{suffix}").is_file()),
        path / "template.yaml",
    )
    return f"give the template: headstart check {near}"


def _existing(code: Path) -> Path:
    if not code.exists():
        raise ConfigError(f"code is {str(code)!r}, which does not exist", hint='a folder or a .zip: code = "."')
    return code


def _placed(table: FunctionTable, folder: Path) -> FunctionTable:
    """The same with absolute paths."""
    return msgspec.structs.replace(
        table,
        code=None if table.code is None else str((folder / table.code).resolve()),
        requirements=table.requirements and str((folder / table.requirements).resolve()),
        layers=None if table.layers is None else tuple(str((folder / layer).resolve()) for layer in table.layers),
    )


def _of_flags(flags: Overrides) -> FunctionTable:
    shared = set(FunctionTable.__struct_fields__) & set(flags.__struct_fields__)
    given = {name: getattr(flags, name) for name in shared - {"requirements", "layers"}}
    return FunctionTable(
        **given,
        requirements=None if flags.requirements is None else str(flags.requirements.resolve()),
        layers=None if flags.layers is None else tuple(str(layer.resolve()) for layer in flags.layers),
    )


def _over(below: FunctionTable, above: FunctionTable) -> FunctionTable:
    """What ``above`` says, and ``below`` where it says nothing; the environment is of both."""
    given = {name: value for name, value in msgspec.structs.asdict(above).items() if value is not None}
    given["environment"] = {**below.environment, **above.environment}
    return msgspec.structs.replace(below, **given)


def _of_bundle(code: Path, flags: FunctionTable, *, said: list[str]) -> FunctionTable:
    """What a bundle says of itself, which has what its headstart.toml requires; nothing where the code is none."""
    facts = bundle_facts.read(code)
    if facts is None:
        return FunctionTable()
    if flags.runtime is None:
        said.append(f"runtime: {facts.runtime}, for which {code.name} was bundled")
    return FunctionTable(
        runtime=facts.runtime, architecture=facts.architecture, handler=facts.handler or None, requirements=""
    )


def _spec(table: FunctionTable, code: Path, *, host: Host, said: list[str]) -> FunctionSpec:
    """The function that ``table`` describes, and what it does not say as the folder and this machine make plain."""
    requirements = _requirements(table, code, said=said)
    for needed in filter(None, (*(table.layers or ()), requirements)):
        if not Path(needed).exists():
            raise ConfigError(f"{needed} does not exist", hint=f"ls {Path(needed).parent}")
    runtime = table.runtime or _runtime(code, host, said=said)
    complete = msgspec.structs.replace(
        table, requirements=requirements, architecture=table.architecture or host.architecture
    )
    handler = _handler(complete, code, runtime=runtime, said=said)
    return function_settings.spec(complete, code, runtime=runtime, handler=handler)


def _runtime(code: Path, host: Host, *, said: list[str]) -> str:
    if discover.has_bootstrap(code):
        said.append(f"runtime: {limits.CUSTOM_RUNTIMES[-1]}, because the package has a bootstrap")
        return limits.CUSTOM_RUNTIMES[-1]
    if host.runtime in limits.PYTHON_RUNTIMES:
        said.append(f"runtime: {host.runtime}, the Python that runs Headstart")
        return host.runtime
    said.append(f"runtime: {limits.PYTHON_RUNTIMES[-1]}, Lambda's newest ({host.runtime} is not one of Lambda's)")
    return limits.PYTHON_RUNTIMES[-1]


def _handler(table: FunctionTable, code: Path, *, runtime: str, said: list[str]) -> str:
    if runtime in limits.CUSTOM_RUNTIMES:
        return table.handler or "bootstrap"
    if table.handler is not None:
        discover.verify(code, table.handler, elsewhere=bool(table.layers or table.requirements))
        return table.handler
    found = discover.find_handler(code)
    said.append(found.said)
    return found.handler


def _requirements(table: FunctionTable, code: Path, *, said: list[str]) -> str:
    if table.requirements is not None:
        return table.requirements
    found = discover.requirements(code)
    if found is None:
        return ""
    said.append(f"requirements: {found.name}, found beside the code")
    return str(found)


def _events(origin: _Origin, *, said: list[str]) -> list[Event]:
    if tables := origin.settings.events:
        return [_event(table, number, folder=origin.folder) for number, table in enumerate(tables, start=1)]
    for folder in dict.fromkeys((origin.folder, origin.code, origin.near)):
        if files := discover.events(folder):
            said.append(f"events: {', '.join(file.name for file in files)}, found in events/")
            return [sample_events.read_file(file) for file in files]
    said.append("event: {}, because none was given")
    return [Event(b"{}", name="empty")]


def _event(table: EventTable, number: int, *, folder: Path) -> Event:
    if sum(source is not None for source in (table.file, table.sample, table.payload)) != 1:
        raise ConfigError(
            f"event {number} of [[events]] needs exactly one of file, sample and payload", hint='sample = "s3-put"'
        )
    if not table.weight > 0:
        raise InvalidValueError(f"weight of event {number}", table.weight, allowed="above 0")
    if table.file is not None:
        event = sample_events.read_file(folder / table.file, name=table.name)
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
