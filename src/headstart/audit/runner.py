"""Runs the rules over a project and sorts out what they found: ignored, known from before, or to be reported."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

import msgspec

from headstart.audit import baseline, fingerprints, ignores, registry, selection, vain_ignores
from headstart.audit.explanations import facts
from headstart.audit.fix.generated import source_hint
from headstart.audit.registry import Registered
from headstart.audit.subject import Subject
from headstart.model.audit import AuditResult, AuditSettings, NotRun, Suppressed
from headstart.model.finding import Finding
from headstart.model.infrastructure import NotUnderstood, Place


def run(subject: Subject, settings: AuditSettings, *, rules: Mapping[str, Registered] | None = None) -> AuditResult:
    """What the rules (default: all) find in ``subject``.

    Raises:
        ConfigError: the settings name a rule that there is none of, or a baseline that cannot be read.
    """
    rules = registry.all_rules() if rules is None else rules
    known_before = baseline.read(settings.baseline) if settings.baseline else frozenset()
    chosen = selection.selected(settings, rules)
    not_run = tuple(selection.not_run(chosen, subject))
    lacking = {each.rule for each in not_run}
    running = [each for each in chosen if each.rule.id not in lacking]
    faults: list[NotRun] = []
    found = _distinct(finding for each in running for finding in _found_by(each, subject, faults=faults))
    found = [finding for finding in found if not _is_excluded(finding.place, settings.exclude)]
    told = ignores.find(subject, {finding.place.file for finding in found})
    kept, suppressed, used = ignores.apply(told, found)
    if selection.is_asked_for(vain_ignores.RULE.id, settings):
        ran = {each.rule.id for each in running}
        in_vain = vain_ignores.find(told, used, known=rules.keys(), ran=ran)
        kept += [finding for finding in in_vain if not _is_excluded(finding.place, settings.exclude)]
    weighed = _weighed(_named_by_construct(kept, subject), settings)
    marked = list(fingerprints.given(weighed, root=subject.root))
    suppressed += [Suppressed(finding=each, how="baseline") for each in marked if each.fingerprint in known_before]
    reported = sorted((each for each in marked if each.fingerprint not in known_before), key=_rank)
    named = {each.rule for each in (*reported, *(each.finding for each in suppressed))}
    return AuditResult(
        looked_at=tuple(_looked_at(subject)),
        said=(*subject.said, *_gone(known_before, marked)),
        findings=tuple(reported),
        suppressed=tuple(suppressed),
        not_run=not_run,
        not_understood=tuple(_not_understood(subject, settings.exclude)),
        generated=_generated(reported),
        faults=tuple(faults),
        rules=tuple(each for each in facts(rules) if each.id in named),
    )


def _found_by(registered: Registered, subject: Subject, *, faults: list[NotRun]) -> Iterator[Finding]:
    """What one rule finds. That it fails must not hide what others find."""
    try:
        yield from registered.find(subject)
    except Exception as error:
        faults.append(NotRun(rule=registered.rule.id, why=f"{type(error).__name__}: {error}"))


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Code that several functions share is reported once."""
    return list({(each.rule, each.place, each.message): each for each in findings}.values())


def _named_by_construct(findings: Iterable[Finding], subject: Subject) -> Iterator[Finding]:
    """A resource that a CDK app makes by its construct path, which users know and which has no hash in it."""
    resources = (each for infra in subject.infrastructures for each in infra.resources.values())
    paths = {(each.place.file, each.id): each.construct_path for each in resources if each.construct_path}
    for finding in findings:
        path = paths.get((finding.place.file, finding.subject))
        yield msgspec.structs.replace(finding, subject=path) if path else finding


def _generated(findings: Iterable[Finding]) -> dict[str, str]:
    hints = {file: source_hint(Path(file)) for file in dict.fromkeys(each.place.file for each in findings)}
    return {file: hint for file, hint in hints.items() if hint}


def _weighed(findings: Iterable[Finding], settings: AuditSettings) -> Iterator[Finding]:
    """With the severities of the settings; the longest name that fits a rule decides."""
    for finding in findings:
        names = [name for name in settings.severity if finding.rule.startswith(name)]
        if names:
            yield msgspec.structs.replace(finding, severity=settings.severity[max(names, key=len)])
        else:
            yield finding


def _rank(finding: Finding) -> tuple[object, ...]:
    saved_usd, saved_ms = finding.saves_usd_month or 0, finding.saves_ms or 0
    return -finding.severity, -saved_usd, -saved_ms, finding.place, finding.rule


def _is_excluded(place: Place, patterns: Collection[str]) -> bool:
    return any(fnmatch(place.file, pattern) or fnmatch(place.file, f"*/{pattern}") for pattern in patterns)


def _gone(known_before: frozenset[str], marked: Collection[Finding]) -> Iterator[str]:
    gone = len(known_before - {each.fingerprint for each in marked})
    if gone:
        yield f"{gone} of the {len(known_before)} findings in the baseline are gone: --write-baseline forgets them"


def _looked_at(subject: Subject) -> Iterator[str]:
    for infra in subject.infrastructures:
        yield f"{infra.file}: {_count(infra.resources, 'resource')}, {_count(infra.functions, 'function')}"
    for program in subject.programs:
        yield f"{program.root}: {_count(program.modules, 'Python file')}"


def _count(things: Collection[object], noun: str) -> str:
    return f"{len(things):,} {noun}{'' if len(things) == 1 else 's'}"


def _not_understood(subject: Subject, exclude: Collection[str]) -> Iterator[NotUnderstood]:
    for infra in subject.infrastructures:
        yield from infra.not_understood
    for program in subject.programs:
        for file, why in program.not_parsed:
            if not _is_excluded(Place(file), exclude):
                yield NotUnderstood(id=file, what=why, place=Place(file))
