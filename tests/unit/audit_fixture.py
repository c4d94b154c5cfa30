"""Realistic results of an audit for the tests of its reports."""

from decimal import Decimal

import msgspec

from headstart.model.audit import AuditResult, NotRun, RuleFacts, Suppressed
from headstart.model.finding import Finding, ReplaceCode, SetProperty, Severity
from headstart.model.infrastructure import NotUnderstood, Place


def finding(rule: str = "HS101", severity: Severity = Severity.ERROR, **changes) -> Finding:
    """A finding; ``changes`` are its other fields."""
    first = Finding(
        rule=rule,
        severity=severity,
        message="Orders provisions 50 and reserves 5: Lambda refuses the rest",
        remedy="reserve 50 or more, or provision 5 or less",
        place=Place("template.yaml", 12, 7),
        subject="Orders",
        fingerprint=f"{rule.lower()}0000",
    )
    return msgspec.structs.replace(first, **changes)


def facts(id_: str, name: str, severity: Severity = Severity.WARNING) -> RuleFacts:
    return RuleFacts(
        id=id_,
        name=name,
        severity=severity,
        sees=("template",),
        explanation="One line that says what.\n\nMore of ``it``.\n\n*Why it costs.* Time.\n\nSource: https://a.b",
    )


def audit_result(**changes) -> AuditResult:
    """A bit of everything."""
    setting = SetProperty(file="template.yaml", id="Orders", path=("Timeout",), value=30)
    replacing = ReplaceCode(file="src/app.py", line=3, column=9, old="f()", new="g()")
    first = AuditResult(
        looked_at=("template.yaml: 12 resources, 3 functions", "src: 4 Python files"),
        said=("headstart-report/report.json is older than the code in src",),
        findings=(
            finding(),
            finding(
                "HS401",
                Severity.WARNING,
                message="a client is made | by each <invocation> of `app`",
                remedy="make it once, at module level",
                place=Place("src/app.py", 3, 9),
                subject="app.handler",
                edits=(replacing,),
                is_safe=True,
                saves_ms=41.5,
                saves_usd_month=Decimal("1.25"),
            ),
            finding("HS502", Severity.INFO, place=Place("src"), edits=(setting,)),
        ),
        suppressed=(
            Suppressed(finding=finding("HS301"), how="comment", reason="measured"),
            Suppressed(finding=finding("HS301"), how="baseline"),
        ),
        not_run=(NotRun(rule="HS306", why="needs a measurement: headstart check"),),
        not_understood=(NotUnderstood(id="Nested", what="its template is not here", place=Place("template.yaml", 40)),),
        rules=(
            facts("HS101", "provisioned-above-reserved", Severity.ERROR),
            facts("HS301", "default-timeout"),
            facts("HS401", "client-per-invocation"),
            facts("HS502", "shipped-twice", Severity.INFO),
        ),
    )
    return msgspec.structs.replace(first, **changes)


def empty_result() -> AuditResult:
    return AuditResult(looked_at=("src: 1 Python file",), findings=())


def hostile_finding() -> Finding:
    text = "a | b `c` <d> & @team \x1b[31m [bold]e[/bold]\n# f " + "long " * 200
    return finding(message=text, remedy=text, subject=text, place=Place("we ird/ü#?%.yaml", 1))
