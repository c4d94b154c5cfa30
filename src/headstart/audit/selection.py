"""Which rules run: those that are asked for and have all that they need to look at."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

from headstart.audit import vain_ignores
from headstart.audit.registry import Registered
from headstart.audit.rule import Sees
from headstart.audit.subject import Subject
from headstart.errors import ConfigError
from headstart.model.audit import AuditSettings, NotRun

_NEEDS = {
    Sees.TEMPLATE: "a template: one in PATH, or --template FILE",
    Sees.CODE: "Python code",
    Sees.PACKAGE: "the function's package",
    Sees.MEASURED: "a measurement: headstart check",
}


def selected(settings: AuditSettings, rules: Mapping[str, Registered]) -> list[Registered]:
    """The rules that are asked for, in the order of ids.

    Raises:
        ConfigError: a rule is named that there is none of.
    """
    for name in (*settings.select, *settings.ignore, *settings.severity):
        require_known(name, (vain_ignores.RULE.id, *rules))
    return [each for id_, each in rules.items() if is_asked_for(id_, settings)]


def is_asked_for(id_: str, settings: AuditSettings) -> bool:
    """Whether the settings want this rule."""
    return (not settings.select or _is_named(id_, settings.select)) and not _is_named(id_, settings.ignore)


def require_known(name: str, rules: Collection[str]) -> None:
    """Refuse a name that is neither a rule's id nor how ids begin.

    Raises:
        ConfigError: it is not.
    """
    if name and any(id_.startswith(name) for id_ in rules):
        return
    close = difflib.get_close_matches(name.upper(), rules, n=1, cutoff=0.4)
    raise ConfigError(
        f"{name!r} is no rule; needed: an id such as HS101, or how ids begin, such as HS1",
        hint=f"did you mean {close[0]}?" if close else "headstart audit --explain all lists every rule",
    )


def not_run(rules: Iterable[Registered], subject: Subject) -> Iterator[NotRun]:
    """Those of ``rules`` that lack something to look at, with what they need."""
    there = _there(subject)
    for each in rules:
        if missing := each.rule.sees - there:
            needs = " and ".join(_NEEDS[sees] for sees in Sees if sees in missing)
            yield NotRun(rule=each.rule.id, why=f"needs {needs}")


def _there(subject: Subject) -> set[Sees]:
    functions = subject.functions
    found = {
        Sees.TEMPLATE: subject.infrastructures or any(function.declared for function in functions),
        Sees.CODE: subject.programs,
        Sees.PACKAGE: any(function.contents for function in functions),
        Sees.MEASURED: any(function.measured for function in functions),
    }
    return {sees for sees, is_there in found.items() if is_there}


def _is_named(id_: str, names: Iterable[str]) -> bool:
    return any(id_.startswith(name) for name in names)
