"""Puts together what an audit looks at: from a path to templates, code, packages and measurements, as one subject."""

from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import msgspec

from headstart.audit import contents_reader, handlers
from headstart.audit.code import reader as code_reader
from headstart.audit.code.program import Program
from headstart.audit.contents import Contents
from headstart.audit.declared import is_added_by_cdk
from headstart.audit.subject import AuditedFunction, Subject
from headstart.infra import asset_sources, declared_in_config, sources
from headstart.infra import settings as config
from headstart.infra.program import reader as program_reader
from headstart.infra.settings import FunctionTable
from headstart.infra.template import reader as template_reader
from headstart.infra.template.options import ReadOptions
from headstart.model.audit import AuditSettings
from headstart.model.infrastructure import DeclaredFunction, Infrastructure
from headstart.model.progress import NoProgress, Progress
from headstart.model.results import CheckResult
from headstart.report import last_checks

_TEMPLATES, _CODE = "reading templates", "reading code"


def look_at(
    path: Path, settings: AuditSettings, *, progress: Progress | None = None, today: date | None = None
) -> Subject:
    """All that ``path`` is or holds: a project's or function's folder, cdk.out, a template, a .py, a .zip, a
    headstart.toml. ``today`` is the day on which the audit is made.

    Raises:
        ConfigError: there is no such path, or it is of another kind, or its headstart.toml cannot be understood.
        TemplateError: a template that cannot be read.
        PackageError: a zip that cannot be read.
    """
    found = sources.find(path)
    progress = progress or NoProgress()
    infrastructures = _infrastructures(settings.templates or found.templates, settings, progress=progress)
    programs = _cdk_programs(found, exclude=settings.exclude)
    infrastructures += tuple(each for file in programs for each in program_reader.read(file))
    reader = _Reader(settings.exclude, checks=_last_checks(found.folder))
    functions = list(_declared(infrastructures, reader, progress=progress))
    if found.code is not None and (programs or not any(function.program for function in functions)):
        functions += _bare(found.code, reader, config_file=found.config, declared=functions)
    return Subject(
        root=found.folder,
        infrastructures=infrastructures,
        programs=tuple(reader.programs.values()),
        functions=tuple(functions),
        account_concurrency=settings.account_concurrency,
        today=today,
        said=tuple(dict.fromkeys(reader.said)),
    )


class _Reader:
    """Reads each body of code once, however many functions share it, and remembers what it left out."""

    def __init__(self, exclude: Sequence[str], *, checks: Sequence[last_checks.LastCheck]) -> None:
        self._exclude, self._checks = exclude, checks
        self._contents: dict[tuple[Path, ...], Contents] = {}
        self.programs: dict[Path, Program] = {}
        self.said: list[str] = []

    def program(self, code: Path, *, without: Sequence[str] = ()) -> Program:
        """Its own Python code, but for what ``without`` has patterns of. Of an asset that is a copy, the source."""
        key = code.resolve()
        if key not in self.programs:
            source = asset_sources.source_of(code)
            files = None if source is None else [source / file.relative_to(code) for file in code.rglob("*.py")]
            self.programs[key] = code_reader.read(source or code, exclude=(*self._exclude, *without), files=files)
        return self.programs[key]

    def contents(self, code: Path, layers: Sequence[Path], *, requirements: Path | None = None) -> Contents | None:
        """The files of a package; None for a single .py, whose package is not there."""
        if code.suffix == ".py":
            return None
        key = (code, *layers, *filter(None, [requirements]))
        if key not in self._contents:
            self._contents[key] = contents_reader.read(code, layers, requirements=requirements)
        return self._contents[key]

    def measured(self, code: Path, *, handler: str | None) -> CheckResult | None:
        """The newest check of this code, unless the code has changed since."""
        for check in self._checks:
            facts = check.result.function
            if Path(facts.code).resolve() == code.resolve() and handler in (None, facts.handler):
                if self._newest_s(code) <= check.written_s:
                    return check.result
                self.said.append(f"{check.file} is older than the code in {code}: headstart check measures it again")
                return None
        return None

    def _newest_s(self, code: Path) -> float:
        files = [Path(module.file) for module in self.program(code).modules.values()]
        return max((file.stat().st_mtime for file in files if file.is_file()), default=code.stat().st_mtime)


def _infrastructures(
    templates: Sequence[Path], settings: AuditSettings, *, progress: Progress
) -> tuple[Infrastructure, ...]:
    progress.start(_TEMPLATES, len(templates))
    several = len(templates) > 1
    options = ReadOptions(parameters=settings.parameters, imports=settings.imports, allows_unknown_parameters=several)
    read = []
    for template in templates:
        read.append(template_reader.read(template, options=options))
        progress.advance(_TEMPLATES)
    progress.finish(_TEMPLATES)
    return tuple(read)


def _declared(
    infrastructures: Sequence[Infrastructure], reader: _Reader, *, progress: Progress
) -> Iterator[AuditedFunction]:
    """The functions of templates, with their code where it is on this machine and Python."""
    progress.start(_CODE, sum(len(infrastructure.functions) for infrastructure in infrastructures))
    for infrastructure in infrastructures:
        for function in infrastructure.functions:
            yield _function(function, reader, infrastructure=infrastructure)
            progress.advance(_CODE)
    progress.finish(_CODE)


def _function(
    declared: DeclaredFunction,
    reader: _Reader,
    *,
    infrastructure: Infrastructure | None = None,
    requirements: Path | None = None,
) -> AuditedFunction:
    code = None if declared.code is None else _shown(declared.code)
    is_python = declared.runtime is None or declared.runtime.startswith("python")
    if code is None or not code.exists() or not is_python or is_added_by_cdk(declared):
        return AuditedFunction(name=declared.name, infrastructure=infrastructure, declared=declared)
    program = reader.program(code)
    return AuditedFunction(
        name=declared.name,
        infrastructure=infrastructure,
        declared=declared,
        program=program,
        handler=handlers.named(program, declared.handler) if declared.handler else None,
        contents=reader.contents(code, declared.layers, requirements=requirements),
        measured=reader.measured(code, handler=declared.handler),
    )


def _cdk_programs(found: sources.Sources, *, exclude: Sequence[str]) -> list[Path]:
    """The files of a CDK program, unless what it made is there."""
    if found.code is None or found.is_synthesized:
        return []
    named = {file: file.relative_to(found.folder).as_posix() for file in program_reader.find(found.code)}
    return [file for file, name in named.items() if not any(fnmatch(name, pattern) for pattern in exclude)]


def _bare(
    code: Path, reader: _Reader, *, config_file: Path | None, declared: Sequence[AuditedFunction]
) -> Iterator[AuditedFunction]:
    """The functions of a folder, .zip or .py that none of ``declared`` describes; headstart.toml may."""
    table = config.read(config_file).function if config_file else None
    if config_file is not None and table is not None and table != FunctionTable():
        code = _shown(config_file.parent / table.code) if table.code and code.is_dir() else code
        described = declared_in_config.declared_function(config_file, table, code=code)
        found = list(handlers.likely(reader.program(code)))
        if described.handler is None and len(found) == 1:
            described = msgspec.structs.replace(described, handler=found[0][0])
        requirements = config_file.parent / table.requirements if table.requirements else None
        yield _function(described, reader, requirements=requirements)
        return
    known = {function.program.root.resolve() for function in declared if function.program}
    roots = handlers.roots(code) if code.is_dir() else [code]
    for root in roots:
        if root.resolve() in known:
            continue
        inner = [other.relative_to(root).as_posix() for other in roots if other != root and other.is_relative_to(root)]
        program = reader.program(root, without=[f"{each}/*" for each in inner])
        for setting, handler in handlers.likely(program):
            yield AuditedFunction(
                name=setting,
                program=program,
                handler=handler,
                contents=reader.contents(root, ()),
                measured=reader.measured(root, handler=setting),
            )


def _last_checks(folder: Path) -> list[last_checks.LastCheck]:
    folders = {each.resolve(): each for each in (Path(), folder)}
    return [check for each in folders.values() for check in last_checks.find(each)]


def _shown(path: Path) -> Path:
    """The path as the user would type it."""
    here = Path.cwd()
    absolute = here / path
    return absolute.relative_to(here) if absolute.is_relative_to(here) else path
