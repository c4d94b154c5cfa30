"""Writes headstart.toml: every key, with a comment that says what it does and what is allowed."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from headstart.infra import infrastructure_text, sample_events
from headstart.infra.project import Project
from headstart.infra.settings import AuditTable, Settings
from headstart.model import limits
from headstart.model.bundle import BundleSettings
from headstart.model.function import Architecture, FunctionSpec, LogFormat
from headstart.model.invocation import Event
from headstart.model.services import ServiceNeeds

_Value = str | float | list[str]


def render(project: Project, *, folder: Path | None = None, kept: Settings = Settings()) -> str:  # noqa: B008
    """The text of the headstart.toml that says all of ``project``, to lie in ``folder`` (default: that of the code).

    Of ``kept`` come ``[audit]``, its paths relative to the file, and ``[infrastructure]``.
    """
    code = project.spec.code
    folder = (folder or (code if code.is_dir() else code.parent)).resolve()
    parts = [*_function(project.spec, folder), "", *_services(project.services, folder), "", *_traffic(project)]
    parts += [
        "",
        *_bundle(project.bundle),
        "",
        *_audit(kept.audit),
        "",
        *infrastructure_text.render(kept.infrastructure),
    ]
    return "".join(f"{line}\n" for line in parts) + event_tables(project.events, folder=folder)


def event_tables(events: Iterable[Event], *, folder: Path) -> str:
    """``[[events]]`` for each, an empty line before it, in a headstart.toml in ``folder``."""
    return "".join(f"{line}\n" for event in events for line in ("", *_event(event, folder)))


def _function(spec: FunctionSpec, folder: Path) -> Iterator[str]:
    unset = "" if spec.application_log_level else "# "
    yield "[function]"
    yield from _key("name", spec.name, comment="1 … 64 letters, digits, - and _")
    yield from _key("code", _relative(spec.code, folder), comment="a folder or a .zip; paths are relative to this file")
    yield from _key("handler", spec.handler, comment="module.function, or folder/module.function")
    yield from _key("runtime", spec.runtime, comment=", ".join((*limits.PYTHON_RUNTIMES, *limits.CUSTOM_RUNTIMES)))
    memory = (
        f"{limits.MEMORY_MB_MIN} … {limits.MEMORY_MB_MAX}; CPU grows with it, {limits.MEMORY_MB_PER_VCPU} is one vCPU"
    )
    yield from _key("memory_mb", spec.memory.mb, comment=memory)
    yield from _key("timeout_s", spec.timeout_s, comment=f"{limits.TIMEOUT_S_MIN} … {limits.TIMEOUT_S_MAX}")
    yield from _key("architecture", spec.architecture, comment=", ".join(Architecture))
    storage = f"size of /tmp, {limits.EPHEMERAL_STORAGE_MB_MIN} … {limits.EPHEMERAL_STORAGE_MB_MAX}"
    yield from _key("ephemeral_storage_mb", spec.ephemeral_storage_mb, comment=storage)
    yield from _key("region", spec.region, comment="for prices, and AWS_REGION inside the function")
    requirements = "" if spec.requirements is None else _relative(spec.requirements, folder)
    yield from _key("requirements", requirements, comment='packages to install beside the code; "" for none')
    layers = [_relative(layer, folder) for layer in spec.layers]
    yield from _key(
        "layers", layers, comment=f"folders or zips, a later one over an earlier one; at most {limits.LAYERS_MAX}"
    )
    yield from _key("log_format", spec.log_format, comment=", ".join(LogFormat))
    yield "# with log_format JSON, the least level that is kept: TRACE, DEBUG, INFO, WARN, ERROR, FATAL"
    yield f"{unset}application_log_level = {_toml(spec.application_log_level or 'INFO')}"
    yield ""
    yield f'# environment variables, at most {limits.ENVIRONMENT_VARIABLES_BYTES_MAX:,} bytes in all: TABLE = "orders"'
    yield "[function.environment]"
    yield from (f"{name} = {_toml(value)}" for name, value in spec.environment.items())


def _traffic(project: Project) -> Iterator[str]:
    yield "[traffic]"
    yield from _key("invocations_per_month", project.traffic.invocations_per_month, comment="for the cost per month")
    yield from _key(
        "cold_ratio", project.traffic.cold_ratio, comment="share of cold starts, 0 … 1; typically under 0.01"
    )


def _bundle(settings: BundleSettings) -> Iterator[str]:
    yield "# what headstart bundle ships; patterns of paths in the package, in which * crosses folders"
    yield "[bundle]"
    yield from _optional("keep", list(settings.keep), example=["pkg/tests/*"], comment="ships whatever the rules say")
    yield from _optional("prune", list(settings.prune), example=["pkg/examples/*"], comment="does not ship")
    built = list(settings.build)
    yield from _optional("build", built, example=["docopt"], comment="may be built: pure Python without a wheel")
    packages = list(settings.runtime_packages)
    has = "what the deployed runtime has: not shipped where it is pinned equal"
    yield from _optional("runtime_packages", packages, example=["boto3==1.44.5"], comment=has)
    differs = "values that are never the same twice, and need not be to defer imports"
    yield from _optional("volatile", list(settings.volatile), example=["response.id"], comment=differs)
    yield "# false ships bytecode alone: smaller, but tracebacks show no code"
    yield f"sources = {_toml(settings.sources)}"
    deferred = "defer the imports that none of the events uses, where it pays"
    yield from _optional("defer", settings.defer, example=True, comment=deferred)
    preloaded = "do in init what first invocations would do else, where it is sooner and cheaper"
    yield from _optional("preload", settings.preload, example=True, comment=preloaded)
    archived = "move modules of dependencies that no event loads into an archive"
    yield from _optional("side_archive", settings.side_archive, example=True, comment=archived)
    begun = "what both are to pay under, if not what is declared: on-demand, provisioned-concurrency, snap-start"
    yield from _optional("initialization", settings.initialization, example="snap-start", comment=begun)


def _audit(table: AuditTable) -> Iterator[str]:
    yield "# what headstart audit looks for and reports; rules by id, or by how ids begin"
    yield "[audit]"
    yield from _optional("select", list(table.select), example=["HS1", "HS401"], comment="only these rules")
    yield from _optional("ignore", list(table.ignore), example=["HS314"], comment="not these rules")
    exclude = list(table.exclude)
    yield from _optional("exclude", exclude, example=["legacy/*"], comment="files in which nothing is reported")
    templates = list(table.templates)
    yield from _optional("templates", templates, example=["infra/app.yaml"], comment="instead of those that are found")
    quota = table.account_concurrency
    yield from _optional("account_concurrency", quota, example=1000, comment="the account's quota in this region")
    fail_on = "exit 1 from here on: error, warning, info, never"
    yield from _optional("fail_on", table.fail_on, example="error", comment=fail_on)
    baseline = "a file of old findings, not reported again; --write-baseline writes it"
    yield from _optional("baseline", table.baseline, example="audit-baseline.json", comment=baseline)
    yield "# error, warning or info, for a rule or several"
    yield "[audit.severity]" if table.severity else "# [audit.severity]"
    yield from (f"{rule} = {_toml(word)}" for rule, word in table.severity.items())


def _event(event: Event, folder: Path) -> Iterator[str]:
    yield "[[events]]"
    yield from _key("name", event.name, comment="how reports call it")
    yield "# one of: file = path, sample = name of an AWS event, payload = JSON as a text or a TOML table"
    yield _source(event, folder)
    yield from _key("weight", event.weight, comment="its share of the traffic, relative to the other events")


def _source(event: Event, folder: Path) -> str:
    file = folder / "events" / f"{event.name}.json"
    if file.is_file() and file.read_bytes() == event.payload:
        return f"file = {_toml(_relative(file, folder))}"
    if event.name in sample_events.names() and sample_events.load(event.name).payload == event.payload:
        return f"sample = {_toml(event.name)}"
    return f"payload = {_toml(event.payload.decode())}"


def _services(needs: ServiceNeeds, folder: Path) -> Iterator[str]:
    yield "# what the function needs, started for as long as it is run; needs: pip install 'headstart[services]'"
    yield "[services]"
    yield from _server(
        "postgres", needs.postgres, sets="DATABASE_URL, PGHOST, …", own="postgresql://user:password@host/db"
    )
    yield from _server("redis", needs.redis, sets="REDIS_URL", own="redis://host:6379/0")
    yield from _server("aws", needs.aws, sets="AWS_ENDPOINT_URL", own="http://host:port")
    setup = _relative(needs.setup, folder) if needs.setup else None
    yield from _optional("setup", setup, example="setup.sql", comment="SQL to run in the PostgreSQL that is started")
    yield from _optional("buckets", list(needs.buckets), example=["receipts"], comment="buckets of S3 to make")
    yield from _optional("queues", list(needs.queues), example=["orders"], comment="queues of SQS to make")
    objects = _relative(needs.objects, folder) if needs.objects else None
    yield from _optional("objects", objects, example="objects", comment="objects of S3 to make: a folder of BUCKET/KEY")


def _server(name: str, value: bool | str, *, sets: str, own: str) -> Iterator[str]:
    yield from _optional(name, value, example=True, comment=f'true sets {sets} of one started here; your own: "{own}"')


def _optional(name: str, value: _Value | None, *, example: _Value, comment: str) -> Iterator[str]:
    """The key, or a comment with an example of it when it has no value."""
    yield f"# {comment}"
    yield f"{name} = {_toml(value)}" if value else f"# {name} = {_toml(example)}"


def _key(name: str, value: _Value, *, comment: str) -> Iterator[str]:
    yield f"# {comment}"
    yield f"{name} = {_toml(value)}"


def _toml(value: _Value) -> str:
    """Strings, numbers and lists of strings are written alike in JSON and TOML, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder)).as_posix()
