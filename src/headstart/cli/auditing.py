"""What ``audit`` and ``fix`` do alike: flags over headstart.toml, and looking with progress on stderr."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headstart.audit import garbage, runner
from headstart.audit.subject import Subject
from headstart.cli import progress
from headstart.cli.audit_flags import LookFlags, RuleFlags
from headstart.cli.template_flags import TemplateFlags, template_table
from headstart.engine.clock import SystemClock
from headstart.errors import ConfigError
from headstart.infra import audit_settings, settings, sources
from headstart.inspection import look_at
from headstart.model.audit import AuditResult, AuditSettings
from headstart.model.progress import NoProgress


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise ConfigError(f"{error.filename} may not be read", hint=f"chmod u+rX {error.filename}") from error


@_readable()
def settings_of(path: Path, look: LookFlags, *, rules: RuleFlags) -> AuditSettings:
    """What headstart.toml at ``path`` says, and flags over it: rules to ignore add to the file's.

    Raises:
        ConfigError: the path, the file or a parameter cannot be understood, or may not be read.
        TemplateError: a file of parameters cannot be.
        InvalidValueError: a value in the file that is not allowed.
    """
    file = sources.find(path).config
    said = audit_settings.read(settings.read(file), folder=file.parent) if file else AuditSettings()
    given = template_table(TemplateFlags(parameter=look.parameter, parameters=look.parameters, imports=look.imports))
    return msgspec.structs.replace(
        said,
        select=tuple(rules.rule) or said.select,
        ignore=(*said.ignore, *rules.ignore),
        templates=tuple(look.template) or said.templates,
        parameters={**said.parameters, **given.parameters},
        imports={**said.imports, **given.imports},
        account_concurrency=look.account_concurrency or said.account_concurrency,
    )


@_readable()
def findings_at(path: Path, settings: AuditSettings) -> AuditResult:
    """What the rules find there.

    Raises:
        ConfigError: the path, or what it holds, is nothing that can be looked at, or may not be read.
        TemplateError: a template that cannot be read.
        PackageError: a zip that cannot be read.
    """
    with garbage.put_off():
        try:
            return runner.run(_look_at(path, settings), settings)
        finally:
            gc.freeze()  # the process ends before any of it is garbage


def _look_at(path: Path, settings: AuditSettings) -> Subject:
    """All that there is at ``path``, as of today. It takes too short a time for lines of progress in a log."""
    clock = SystemClock()
    display = progress.to(sys.stderr, ticks_ns=clock.ticks_ns) if sys.stderr.isatty() else NoProgress()
    return look_at(path, settings, progress=display, today=clock.today())
