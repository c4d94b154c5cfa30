"""Reserved concurrency taken for provisioned.

A function reserves concurrency and nothing keeps environments ready. It is a warning where the function's own
description, or a comment beside the reservation in a CDK program, says that this is against cold starts, and
information elsewhere, unless only queues and streams invoke it. Such a comment is wrong even where something else does
keep environments ready.

*Why it costs.* Reserved concurrency guarantees and caps a number; it initializes nothing. Every environment still
starts cold, and beyond the number requests are throttled.

*Use instead.* Provisioned concurrency on an alias, or SnapStart, for what must not start cold; reserved concurrency to
protect what is behind the function, or the other functions.

*Evidence.* AWS calls it the most common confusion about Lambda's cost.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html (2026-11-23)
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from headstart.audit.concurrency import is_warmed
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure
from headstart.model.text_lines import lines

RULE = Rule(id="HS119", name="reserved-does-not-warm", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_SAYS_WARM: Final = re.compile(r"\b(?:cold[- ]?starts?|(?:pre-?|keep(?:s|ing)? )?warm(?:s|ed|ing)?)\b", re.IGNORECASE)
_WAITING: Final = frozenset({"sqs", "kinesis", "dynamodb", "kafka", "mq", "documentdb"})


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function that reserves without warming."""
    for infrastructure, function in own_functions(subject):
        if not function.reserved:
            continue
        is_meant_to_warm = _is_said_beside(function, subject)
        says_warm = is_meant_to_warm or _says_warm(function)
        if is_warmed(infrastructure, function):
            is_wrong = is_meant_to_warm
        else:
            is_wrong = says_warm or (is_whole(infrastructure) and not _is_only_polled(infrastructure, function))
        if is_wrong:
            finding = RULE.finding(
                f"{function.id} reserves {function.reserved}: that caps it and keeps none of them warm",
                "give an alias of it provisioned concurrency, or SnapStart, if cold starts matter",
                place=function.resource.place_of("ReservedConcurrentExecutions"),
                subject=function.id,
            )
            yield msgspec.structs.replace(finding, severity=Severity.WARNING) if says_warm else finding


def _is_only_polled(infrastructure: Infrastructure, function: DeclaredFunction) -> bool:
    kinds = {source.kind for source in infrastructure.event_sources if source.function == function.id}
    return bool(kinds) and kinds <= _WAITING


def _says_warm(function: DeclaredFunction) -> bool:
    """Whether its description does."""
    description = function.resource.get("Description")
    return isinstance(description, str) and _SAYS_WARM.search(description) is not None


def _is_said_beside(function: DeclaredFunction, subject: Subject) -> bool:
    """Whether in a program the lines about the reservation do, whatever else warms the function."""
    place = function.resource.place_of("ReservedConcurrentExecutions")
    modules = [module for program in subject.programs for module in program.modules.values()]
    source = next((module.source for module in modules if module.file == place.file), "")
    beside = lines(source)[max(0, place.line - 2) : place.line]
    return any(_SAYS_WARM.search(line.partition("#")[2]) for line in beside)
