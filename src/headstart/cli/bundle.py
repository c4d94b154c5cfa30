"""``headstart bundle``: writes the package of a function as it is deployed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from typer import Option

from headstart.cli import output, progress
from headstart.cli.bundle_report import refuse_report, report_on
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import EVENT_HELP, OpenLab, ProjectPath
from headstart.cli.parse import whole
from headstart.cli.template_flags import TemplateFlags, template_table
from headstart.errors import ConfigError, InvalidValueError
from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.infra.project import Project
from headstart.model import limits
from headstart.model.bundle import BundleFormat, BundleOrder, BundleResult, BundleSettings
from headstart.model.function import Architecture, InitializationType
from headstart.model.preloading import PlacementPlan

if TYPE_CHECKING:
    from headstart.optimizing.optimized import Optimization

_MINUTES = 10


class TargetFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The function, over what headstart.toml or a template says. The names are those of ``Overrides``."""

    runtime: Annotated[
        str | None, Option("--runtime", help=f"One of {', '.join(limits.PYTHON_RUNTIMES)}; that Python has to be here.")
    ] = None
    architecture: Annotated[str | None, Option("--architecture", help=f"{' or '.join(Architecture)}.")] = None
    handler: Annotated[str | None, Option("--handler", help="Handler, e.g. app.handler.")] = None
    requirements: Annotated[
        Path | None, Option("--requirements", metavar="FILE", help="requirements.txt, or a pyproject.toml.")
    ] = None


class PlaceFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to write, where, and what to say of it."""

    output: Annotated[
        Path | None, Option("--output", "-o", metavar="PATH", help="A .zip, or a folder. Needed; outside the code.")
    ] = None
    format: Annotated[
        str | None, Option("--format", help="zip, dir or image (a folder for docker build); by default as --output is.")
    ] = None
    layer: Annotated[
        Path | None, Option("--layer", metavar="FILE.zip", help="Put the dependencies into a layer of their own.")
    ] = None
    force: Annotated[bool, Option("--force", help="Write over what is no bundle of headstart's.")] = False
    explain: Annotated[bool, Option("--explain", help="A table of what is not shipped or deferred, and why.")] = False
    json: Annotated[
        str | None, Option("--json", metavar="FILE", help="Also write what was done as JSON; - for stdout.")
    ] = None
    dry_run: Annotated[
        bool, Option("--dry-run", help="With --preload: say what would be done in init, and write nothing.")
    ] = False
    report: Annotated[
        Path | None,
        Option(
            "--report",
            metavar="FILE.html",
            help="Run the function as it was and bundled in turn, and write what each step saved.",
        ),
    ] = None


class ContentFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What is in it, beside what the table bundle of headstart.toml says."""

    no_sources: Annotated[
        bool, Option("--no-sources", help="Ship bytecode alone: smaller, but tracebacks show no code.")
    ] = False
    keep: Annotated[
        list[str], Option("--keep", metavar="PATTERN", help="Ship what else were pruned: 'pkg/tests/*'. Repeatable.")
    ] = []
    prune: Annotated[list[str], Option("--prune", metavar="PATTERN", help="Do not ship: 'docs/*'. Repeatable.")] = []
    build: Annotated[
        list[str], Option("--build", metavar="NAME", help="Build this package, which has no wheel. Repeatable.")
    ] = []
    runtime_package: Annotated[
        list[str],
        Option("--runtime-package", metavar="NAME==VERSION", help="The runtime has it: not shipped. Repeatable."),
    ] = []
    defer: Annotated[
        bool | None,
        Option(
            "--defer/--no-defer", help="Replay the events, and defer the imports that none of them uses, where it pays."
        ),
    ] = None
    preload: Annotated[
        bool | None,
        Option(
            "--preload/--no-preload",
            help="Do in init what first invocations would do else, where it is sooner and cheaper.",
        ),
    ] = None
    side_archive: Annotated[
        bool | None,
        Option(
            "--side-archive/--no-side-archive",
            help="Move modules of dependencies that no event loads into an archive: smaller, and slower to import.",
        ),
    ] = None
    initialization: Annotated[
        str | None,
        Option(
            "--initialization",
            help="What --defer and --preload are to pay under, if not what is declared: on-demand, "
            "provisioned-concurrency, snap-start.",
        ),
    ] = None
    event: Annotated[
        list[str],
        Option(
            "--event",
            "-e",
            metavar="EVENT",
            help=f"With --defer, --preload, --side-archive or --report: {EVENT_HELP} Repeatable.",
        ),
    ] = []
    minutes: Annotated[
        int | None,
        Option(
            "--minutes",
            metavar="N",
            parser=whole,
            help=f"Search no longer than this for what to defer; {_MINUTES} by default.",
        ),
    ] = None
    volatile: Annotated[
        list[str],
        Option(
            "--volatile",
            metavar="PATTERN",
            help="With --defer: a value that is never the same twice, and need not be: 'response.id'. Repeatable.",
        ),
    ] = []


async def bundle(
    path: ProjectPath,
    *,
    template: TemplateFlags,
    target: TargetFlags,
    place: PlaceFlags,
    content: ContentFlags,
    open_lab: OpenLab,
) -> int:
    """Write the package of a function as it is deployed: for its machine, with bytecode, without what cannot matter."""
    from headstart.engine.clock import SystemClock  # noqa: PLC0415  (what --help need not wait for)

    given = Overrides(**msgspec.structs.asdict(target), template=template_table(template), events=())
    project = config_file.resolve(path, given)
    settings = _settings(project, content)
    _refuse_vain(content, place, settings=settings)
    if settings.is_optimized or place.report:
        project = config_file.resolve(path, msgspec.structs.replace(given, events=tuple(content.event) or None))
    output.notes(project.said)
    shown = progress.to(sys.stderr, ticks_ns=SystemClock().ticks_ns)
    if not settings.is_optimized:
        from headstart.bundling import bundle as write_bundle  # noqa: PLC0415

        result = await write_bundle(project, _order(place, settings), progress=shown)
    else:
        from headstart.optimizing.optimized import bundle_optimized, plan_of  # noqa: PLC0415

        how = _how(settings, minutes=content.minutes, open_lab=open_lab)
        if place.dry_run:
            _answer_plan(await plan_of(project, settings, how=how, progress=shown), place)
            return ExitCode.OK
        result = await bundle_optimized(project, _order(place, settings), how=how, progress=shown)
    _answer(result, place)
    if place.report:
        await report_on(result, project, file=place.report, open_lab=open_lab, progress=shown)
    return ExitCode.OK if result.is_settled else ExitCode.FINDING


def _refuse_vain(content: ContentFlags, place: PlaceFlags, *, settings: BundleSettings) -> None:
    """Refuse flags that would change nothing."""
    if content.event and not settings.is_optimized and not place.report:
        raise ConfigError(
            "--event is for --defer, --preload, --side-archive and --report: nothing else depends on events",
            hint="--defer",
        )
    if content.minutes is not None and not settings.defer:
        raise ConfigError("--minutes is for --defer: nothing else is searched for", hint="--defer")
    if content.minutes is not None and content.minutes < 1:
        raise InvalidValueError("--minutes", content.minutes, allowed="1 or more", hint=f"--minutes {_MINUTES}")
    if content.volatile and not settings.defer and not settings.side_archive:
        raise ConfigError("--volatile is for --defer and --side-archive: nothing else is compared", hint="--defer")
    if content.initialization is not None and not (settings.preload or settings.defer):
        raise ConfigError("--initialization is for --defer and --preload: they pay by that", hint="--preload")
    if place.dry_run and not settings.preload:
        raise ConfigError("--dry-run is for --preload: it shows the plan of that", hint="--preload")
    if place.dry_run and place.report:
        raise ConfigError("--report with --dry-run: there is no bundle to report on", hint="leave --dry-run out")
    if place.report:
        refuse_report(place.report)


def _how(settings: BundleSettings, *, minutes: int | None, open_lab: OpenLab) -> "Optimization":
    from headstart.optimizing.optimized import Optimization  # noqa: PLC0415

    return Optimization(
        open_lab=open_lab,
        defers=settings.defer,
        preloads=settings.preload,
        archives=settings.side_archive,
        initialization=InitializationType(settings.initialization or InitializationType.ON_DEMAND),
        minutes=minutes or _MINUTES,
    )


def _settings(project: Project, flags: ContentFlags) -> BundleSettings:
    """Those of headstart.toml, with what the flags add or say otherwise."""
    said, asked = project.bundle, flags.initialization
    if asked not in (None, *InitializationType):
        allowed = ", ".join(InitializationType)
        raise InvalidValueError("--initialization", asked, allowed=allowed, hint="--initialization on-demand")
    return BundleSettings(
        keep=(*said.keep, *flags.keep),
        prune=(*said.prune, *flags.prune),
        build=(*said.build, *flags.build),
        runtime_packages=(*said.runtime_packages, *flags.runtime_package),
        volatile=(*said.volatile, *flags.volatile),
        sources=said.sources and not flags.no_sources,
        defer=said.defer if flags.defer is None else flags.defer,
        preload=said.preload if flags.preload is None else flags.preload,
        side_archive=said.side_archive if flags.side_archive is None else flags.side_archive,
        initialization=asked or said.initialization or project.initialization,
    )


def _order(flags: PlaceFlags, settings: BundleSettings) -> BundleOrder:
    if flags.output is None:
        raise ConfigError("--output is missing; needed: a .zip or a folder", hint="-o ../function.zip")
    by_name = BundleFormat.ZIP if flags.output.suffix == ".zip" else BundleFormat.DIR
    asked = by_name if flags.format is None else flags.format
    if asked not in tuple(BundleFormat):
        raise InvalidValueError("--format", asked, allowed=", ".join(BundleFormat), hint="--format zip")
    return BundleOrder(
        output=flags.output,
        format=BundleFormat(asked),
        layer=flags.layer,
        settings=settings,
        is_forced=flags.force,
    )


def _answer(result: BundleResult, flags: PlaceFlags) -> None:
    from headstart.cli.answers import answer  # noqa: PLC0415
    from headstart.report import bundle_as_text  # noqa: PLC0415

    answer(result, bundle_as_text.render(result, is_explained=flags.explain), json=flags.json)
    output.notes(result.said)


def _answer_plan(plan: PlacementPlan, flags: PlaceFlags) -> None:
    from headstart.cli.answers import answer  # noqa: PLC0415
    from headstart.report import placement_as_text  # noqa: PLC0415

    answer(plan, placement_as_text.render(plan), json=flags.json)
