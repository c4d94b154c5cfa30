"""Logs as plain text.

LoggingConfig.LogFormat is Text, or not said, which is the same; and the code does not use a library that writes JSON.
Information.

*Why it costs.* A search by field has to parse every line, and a level cannot be filtered by Lambda itself: what is
logged is paid for, at 0.50 USD per GB, whether or not anybody wants its level.

*Use instead.* LoggingConfig with LogFormat: JSON and an ApplicationLogLevel: lines below it are never ingested. What
reads the text of your logs (metric filters, subscriptions) has to be changed with it, so that the edit is not applied
by itself.

*Evidence.* List price (us-east-1, 2026-11-23); how much is dropped depends on what the function logs.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.declared import audited, is_understood, own_functions
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.function import LogFormat
from headstart.model.infrastructure import DeclaredFunction, Symbolic

RULE = Rule(id="HS314", name="text-logs", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_WRITES_JSON = ("aws_lambda_powertools", "structlog", "pythonjsonlogger", "aws_lambda_logging", "loguru")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function."""
    for infrastructure, function in own_functions(subject):
        program = audited(subject, function).program
        modules = program.modules.values() if program else ()
        writes_json = any(name in module.source for module in modules for name in _WRITES_JSON)
        if is_understood(infrastructure, function.resource) and _is_text(function) and not writes_json:
            yield RULE.finding(
                f"{function.id} logs plain text: no field to search by, no level to leave out",
                "set LoggingConfig.LogFormat to JSON, and an ApplicationLogLevel",
                place=function.resource.place_of("LoggingConfig", "LogFormat"),
                subject=function.id,
                edits=setting(function.resource, ("LoggingConfig", "LogFormat"), to=LogFormat.JSON.value),
            )


def _is_text(function: DeclaredFunction) -> bool:
    config = function.resource.get("LoggingConfig")
    return not isinstance(config, Symbolic) and function.resource.get("LoggingConfig", "LogFormat") in {
        None,
        LogFormat.TEXT.value,
    }
