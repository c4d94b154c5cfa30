"""``headstart synth``: writes the infrastructure of a function."""

import importlib.metadata
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from typer import Argument, Option

from headstart.cli import output
from headstart.cli.exit_codes import ExitCode
from headstart.cli.parse import positive
from headstart.errors import ConfigError, InvalidValueError, RequestError
from headstart.infra import audit_settings, config_file, settings
from headstart.infra.settings import FunctionTable, Settings, TemplateTable
from headstart.model.function import FunctionSpec
from headstart.report.write import require_writable, write_file

if TYPE_CHECKING:
    from headstart.infra.synth.plan import Format, StackPlan
    from headstart.report.last_checks import LastCheck

SynthPath = Annotated[
    Path, Argument(metavar="PATH", help="A folder with a headstart.toml, or that file.", show_default=False)
]
_FOLDER = "infrastructure"


class SynthFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to write, and where."""

    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="DIR", help="Where to; infrastructure beside headstart.toml by default."),
    ] = None
    format: Annotated[str, Option("--format", help="cdk, cloudformation or sam.")] = "cdk"
    force: Annotated[bool, Option("--force", help="Write over files that are there.")] = False
    account_concurrency: Annotated[
        int | None,
        Option(
            "--account-concurrency", metavar="N", parser=positive, help="The account's quota of concurrent executions."
        ),
    ] = None


async def synth(path: SynthPath, *, flags: SynthFlags) -> int:
    """Write a CDK app, a CloudFormation or a SAM template from a headstart.toml, with what was last measured."""
    from headstart.infra.synth import files  # noqa: PLC0415  (what --help need not wait for)

    kind = _format(flags.format)
    file = _config_file(path)
    folder = (flags.output or file.parent / _FOLDER).resolve()
    plan = _planned(file, kind, folder=folder, flags=flags)
    written = files.of(plan, kind)
    _refuse_existing(folder, written, path=path, is_forced=flags.force)
    output.notes(plan.said)
    if plan.package.is_built and kind.is_template:
        await _build(plan, folder, file=file)
    for name, text in written.items():
        write_file(folder / name, text.encode())
    here = _shown(folder)
    output.say(sys.stdout, f"{here} has {', '.join(written)}: yours from here on. Read them, then:")
    output.say(sys.stdout, "  " + " && ".join([f"cd {here}", *files.next_commands(kind)]))
    return ExitCode.OK


def _format(given: str) -> "Format":
    from headstart.infra.synth.plan import Format  # noqa: PLC0415

    if given not in tuple(Format):
        raise InvalidValueError("--format", given, allowed=", ".join(Format), hint="--format cdk")
    return Format(given)


def _planned(file: Path, kind: "Format", *, folder: Path, flags: SynthFlags) -> "StackPlan":
    from headstart.infra.synth.measured import of_check  # noqa: PLC0415
    from headstart.infra.synth.plan import Request, plan  # noqa: PLC0415

    said = settings.read(file)
    if said.template != TemplateTable():
        raise RequestError(
            f"{file}: its function is in a template already, {said.template.file}",
            hint=f"headstart audit {file.parent}",
        )
    project = config_file.read(file)
    check = _last_check(project.spec, file.parent)
    request = Request(
        spec=project.spec,
        table=said.infrastructure,
        folder=folder,
        format=kind,
        version=importlib.metadata.version("headstart"),
        account_concurrency=_quota(said, flags),
        configured=_configured(said.function),
        bundle=project.bundle,
        measured=None if check is None else of_check(check.result),
    )
    made = plan(request)
    digest = _digest(made) if kind.is_template else ""
    return msgspec.structs.replace(made, said=(*project.said, *made.said), code_digest=digest)


def _config_file(path: Path) -> Path:
    if not path.exists():
        raise ConfigError(f"{path} does not exist; needed: a folder with a headstart.toml", hint="headstart synth .")
    if config_file.is_template(path):
        raise RequestError(f"{path} is a template already", hint=f"headstart audit {path}")
    file = path / config_file.FILE_NAME if path.is_dir() else path
    if file.suffix != ".toml" or not file.is_file():
        raise ConfigError(f"{path} has no {config_file.FILE_NAME}", hint=f"headstart init {path}")
    return file


def _configured(table: FunctionTable) -> frozenset[str]:
    return frozenset(name for name in table.__struct_fields__ if getattr(table, name) is not None)


def _quota(said: Settings, flags: SynthFlags) -> int | None:
    if flags.account_concurrency is not None or said.audit.account_concurrency is None:
        return flags.account_concurrency
    return audit_settings.account_concurrency("audit.account_concurrency", said.audit.account_concurrency)


def _last_check(spec: FunctionSpec, folder: Path) -> "LastCheck | None":
    """The newest check of this function, unless its code has changed since."""
    from headstart.report import last_checks  # noqa: PLC0415

    for place in dict.fromkeys((Path().resolve(), folder.resolve())):
        for check in last_checks.find(place):
            facts = check.result.function
            if Path(facts.code).resolve() == spec.code.resolve() and facts.handler == spec.handler:
                if _changed_s(spec.code) <= check.written_s:
                    return check
                output.note(f"{_shown(check.file)} is older than the code, and is not used: headstart check measures")
                return None
    return None


def _changed_s(code: Path) -> float:
    files = [code] if code.is_file() else code.rglob("*.py")
    return max((file.stat().st_mtime for file in files), default=0.0)


def _digest(plan: "StackPlan") -> str:
    """Of all that the function is made of."""
    from headstart.engine import tree  # noqa: PLC0415

    spec = plan.spec
    code = tree.digest(spec.code, left_out=tree.LEFT_OUT | set(plan.package.left_out))
    others = map(tree.digest, (*spec.layers, *filter(None, [spec.requirements])))
    return tree.fingerprint(code, *others, repr(plan.package.bundle))


def _refuse_existing(folder: Path, names: Iterable[str], *, path: Path, is_forced: bool) -> None:
    there = [name for name in names if (folder / name).exists()]
    if there and not is_forced:
        raise RequestError(
            f"{_shown(folder)} has {', '.join(there)} already; nothing is overwritten",
            hint=f"headstart synth {path} --force writes over them; --output DIR writes elsewhere",
        )
    require_writable(folder)


async def _build(plan: "StackPlan", folder: Path, *, file: Path) -> None:
    """Put together, beside the template, what ships; a CDK app does that by itself."""
    from headstart.engine import tree  # noqa: PLC0415
    from headstart.infra.synth.plan import BUILD  # noqa: PLC0415
    from headstart.optimizing.locked import bundle_as_locked  # noqa: PLC0415

    spec, left_out = plan.spec, frozenset(plan.package.left_out)
    built, left_out_of_built = spec.code, tree.LEFT_OUT | left_out
    if plan.package.bundle is not None:
        output.note(f"bundling {_shown(spec.code.resolve())} for {spec.runtime} on {spec.architecture}")
        project = msgspec.structs.replace(config_file.read(file), spec=spec, bundle=plan.package.bundle)
        bundled = await bundle_as_locked(project, left_out=left_out)
        output.notes(bundled.said)
        built, left_out_of_built = bundled.folder, frozenset()
    try:
        shutil.rmtree(folder / BUILD, ignore_errors=True)
        tree.copy(built, folder / BUILD, left_out=left_out_of_built)
    except OSError as error:
        raise RequestError(f"{error.filename} cannot be written: {error.strerror}", hint="--output DIR") from error


def _shown(path: Path) -> Path:
    """The path as the user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
