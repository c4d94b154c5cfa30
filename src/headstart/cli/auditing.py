"""What ``audit`` and ``fix`` do alike: flags over headstart.toml, and looking with progress on stderr."""

import datetime
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from headstart import inspection
from headstart.audit.subject import Subject
from headstart.cli import progress
from headstart.cli.audit_flags import LookFlags, RuleFlags
from headstart.engine.clock import SystemClock
from headstart.errors import ConfigError
from headstart.infra import audit_settings, settings, sources
from headstart.model.audit import AuditSettings
from headstart.model.progress import NoProgress


def settings_of(path: Path, look: LookFlags, *, rules: RuleFlags) -> AuditSettings:
    """What headstart.toml at ``path`` says, and flags over it: rules to ignore add to the file's.

    Raises:
        ConfigError: the path, the file or a parameter cannot be understood.
        InvalidValueError: a value in the file that is not allowed.
    """
    file = sources.find(path).config
    said = audit_settings.read(settings.read(file).audit, folder=file.parent) if file else AuditSettings()
    return msgspec.structs.replace(
        said,
        select=tuple(rules.rule) or said.select,
        ignore=(*said.ignore, *rules.ignore),
        templates=tuple(look.template) or said.templates,
        parameters={**said.parameters, **dict(_parameters(look.parameter))},
        account_concurrency=look.account_concurrency or said.account_concurrency,
    )


def look_at(path: Path, settings: AuditSettings) -> Subject:
    """All that there is at ``path``, as of today. It takes too short a time for lines of progress in a log."""
    clock = SystemClock()
    today = datetime.datetime.fromtimestamp(clock.now_s(), datetime.UTC).date()
    display = progress.to(sys.stderr, ticks_ns=clock.ticks_ns) if sys.stderr.isatty() else NoProgress()
    return inspection.look_at(path, settings, progress=display, today=today)


def _parameters(given: list[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise ConfigError(f"--parameter is {text!r}; needed: NAME=VALUE", hint="--parameter Stage=prod")
        yield name, value
