"""Reads ``[audit]``, which rules count and how much, and from ``[template]`` what is looked at."""

from pathlib import Path
from typing import Final

from headstart.errors import InvalidValueError
from headstart.infra.settings import Settings
from headstart.model.audit import AuditSettings
from headstart.model.finding import Severity

NEVER: Final = "never"
_WORDS: Final = tuple(severity.word for severity in reversed(Severity))


def read(settings: Settings, *, folder: Path) -> AuditSettings:
    """What ``settings`` ask for. Their paths are relative to ``folder``.

    Raises:
        InvalidValueError: a severity that is none, or a quota below 1.
    """
    table, template = settings.audit, settings.template
    quota = table.account_concurrency
    templates = table.templates or (() if template.file is None else (template.file,))
    return AuditSettings(
        select=table.select,
        ignore=table.ignore,
        severity={rule: severity(f"audit.severity.{rule}", word) for rule, word in table.severity.items()},
        exclude=table.exclude,
        templates=tuple(folder / file for file in templates),
        parameters=template.parameters,
        imports=template.imports,
        account_concurrency=None if quota is None else account_concurrency("audit.account_concurrency", quota),
        fail_on=Severity.ERROR if table.fail_on is None else fail_on("audit.fail_on", table.fail_on),
        baseline=folder / table.baseline if table.baseline else None,
    )


def severity(name: str, word: str) -> Severity:
    """The severity that ``word`` names; ``name`` is what an error calls it.

    Raises:
        InvalidValueError: it names none.
    """
    if word not in _WORDS:
        raise InvalidValueError(name, word, allowed=", ".join(_WORDS))
    return Severity[word.upper()]


def fail_on(name: str, word: str) -> Severity | None:
    """As ``severity``; None for ``never``.

    Raises:
        InvalidValueError: it names none.
    """
    if word not in (*_WORDS, NEVER):
        raise InvalidValueError(name, word, allowed=", ".join((*_WORDS, NEVER)))
    return None if word == NEVER else severity(name, word)


def account_concurrency(name: str, quota: int) -> int:
    """The quota, if it can be one.

    Raises:
        InvalidValueError: below 1.
    """
    if quota < 1:
        raise InvalidValueError(name, quota, allowed="1 or more", hint="AWS gives 1,000 to an account in a region")
    return quota
