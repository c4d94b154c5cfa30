"""``headstart audit``: what rules find in templates, code, packages and measurements together."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import output, version
from headstart.cli.audit_flags import AuditPath, LookFlags, RuleFlags
from headstart.cli.exit_codes import ExitCode
from headstart.errors import ConfigError
from headstart.model.audit import AuditResult, AuditSettings

_STDOUT = "-"
_FILE_HELP = "to a file; - for stdout, and no screen."


class AnswerFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with the findings."""

    fail_on: Annotated[
        str | None,
        Option("--fail-on", metavar="SEVERITY", help="Exit 1 from here on: error (default), warning, info or never."),
    ] = None
    json: Annotated[str | None, Option("--json", metavar="FILE", help=f"Write JSON {_FILE_HELP}")] = None
    sarif: Annotated[str | None, Option("--sarif", metavar="FILE", help=f"Write SARIF 2.1.0 {_FILE_HELP}")] = None
    markdown: Annotated[
        str | None, Option("--markdown", metavar="FILE", help=f"Write Markdown for a pull request {_FILE_HELP}")
    ] = None
    baseline: Annotated[
        Path | None, Option("--baseline", metavar="FILE", help="Do not report what is in this file.")
    ] = None
    write_baseline: Annotated[
        Path | None, Option("--write-baseline", metavar="FILE", help="Write what is found now to a baseline, exit 0.")
    ] = None
    explain: Annotated[
        str | None, Option("--explain", metavar="RULE", help="Print what a rule says of itself, e.g. HS101, or all.")
    ] = None


def audit(path: AuditPath = Path(), *, look: LookFlags, rules: RuleFlags, flags: AnswerFlags) -> int:
    """Find what breaks, cannot work or costs for nothing, in templates, code, packages and measurements together."""
    if flags.explain is not None:
        output.say(sys.stdout, _explained(flags.explain))
        return ExitCode.OK
    _require_one_stdout(flags)
    from headstart.cli.auditing import findings_at, settings_of  # noqa: PLC0415  (what --help need not wait for)

    settings = _with_answer(settings_of(path, look, rules=rules), flags)
    result = findings_at(path, settings)
    if flags.write_baseline is not None:
        return _keep(result, flags.write_baseline)
    _write(result, flags)
    return _exit_code(result, settings)


def _explained(rule: str) -> str:
    from headstart.audit import explanations, registry, selection  # noqa: PLC0415
    from headstart.report import rules_page  # noqa: PLC0415

    facts = list(explanations.facts(registry.all_rules()))
    if rule == "all":
        return rules_page.render(facts).rstrip()
    selection.require_known(rule, [each.id for each in facts])
    return "\n".join(rules_page.section(each) for each in facts if each.id.startswith(rule)).rstrip()


def _require_one_stdout(flags: AnswerFlags) -> None:
    named = [name for name in ("json", "sarif", "markdown") if getattr(flags, name) == _STDOUT]
    if len(named) > 1:
        raise ConfigError(
            f"--{named[0]} - and --{named[1]} - both want stdout; allowed: one", hint=f"--{named[1]} FILE"
        )


def _with_answer(settings: AuditSettings, flags: AnswerFlags) -> AuditSettings:
    from headstart.infra import audit_settings  # noqa: PLC0415

    fail_on = settings.fail_on if flags.fail_on is None else audit_settings.fail_on("--fail-on", flags.fail_on)
    baseline = None if flags.write_baseline else flags.baseline or settings.baseline
    return msgspec.structs.replace(settings, fail_on=fail_on, baseline=baseline)


def _keep(result: AuditResult, file: Path) -> int:
    """Write the baseline."""
    from headstart.audit import baseline  # noqa: PLC0415
    from headstart.report.write import write_file  # noqa: PLC0415

    write_file(file, baseline.encode(result.findings))
    output.say(sys.stdout, f"{len(result.findings)} findings are in {file}; --baseline {file} reports only new ones")
    return ExitCode.OK


def _write(result: AuditResult, flags: AnswerFlags) -> None:
    """Every report that is asked for; the screen unless one of them takes stdout."""
    from headstart.cli.screen import show  # noqa: PLC0415
    from headstart.report import audit_as_text  # noqa: PLC0415
    from headstart.report.write import write_file  # noqa: PLC0415

    places = []
    for place, document in _documents(result, flags):
        places.append(place)
        if place == _STDOUT:
            output.write(sys.stdout, document)
        else:
            write_file(Path(place), document)
    if _STDOUT not in places:
        show(sys.stdout, audit_as_text.render(result))


def _documents(result: AuditResult, flags: AnswerFlags) -> Iterator[tuple[str, bytes]]:
    from headstart.report import audit_as_json, audit_as_markdown  # noqa: PLC0415

    if flags.json is not None:
        yield flags.json, audit_as_json.encode(result)
    if flags.markdown is not None:
        yield flags.markdown, audit_as_markdown.render(result).encode()
    if flags.sarif is not None:
        from headstart.audit.fix.plan import as_separate_plans  # noqa: PLC0415
        from headstart.report import audit_as_sarif  # noqa: PLC0415

        fixes = as_separate_plans(result.findings)
        yield flags.sarif, audit_as_sarif.encode(result, version=version.number(), root=Path.cwd(), fixes=fixes)


def _exit_code(result: AuditResult, settings: AuditSettings) -> ExitCode:
    if result.faults:
        output.notes(f"{each.rule} failed, please report it: {each.why}" for each in result.faults)
        return ExitCode.FAULT
    is_refused = settings.fail_on is not None and result.at_or_above(settings.fail_on)
    return ExitCode.FINDING if is_refused else ExitCode.OK
