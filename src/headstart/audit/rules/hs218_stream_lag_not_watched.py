"""A stream whose lag nobody watches.

A function reads a stream (Kinesis, DynamoDB, Kafka, DocumentDB), and no alarm looks at how far it is behind. It is a
warning where other alarms watch the function, and information elsewhere.

*Why it costs.* A shard is read in order: one record that fails again and again holds up all behind it, and after the
stream's retention (24 hours for DynamoDB) they are gone. Errors shows a few failures a minute, the lag shows hours.

*Use instead.* An alarm on IteratorAge, Maximum above 60,000 ms; for Kafka on OffsetLag.

*Evidence.* AWS's minimum set of alarms: IteratorAge above 60 s.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.alarms import alarms_on, are_watched
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS218", name="stream-lag-not-watched", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_OF_A_STREAM = ("IteratorAge",)
_LAGS = {
    "kinesis": _OF_A_STREAM,
    "dynamodb": _OF_A_STREAM,
    "documentdb": _OF_A_STREAM,
    "kafka": ("OffsetLag", "MaxOffsetLag", "SumOffsetLag"),
}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each mapping of a stream without an alarm on its lag."""
    for infrastructure, function in own_functions(subject):
        streams = [
            source
            for source in infrastructure.event_sources
            if source.function == function.id and source.kind in _LAGS and is_whole(infrastructure)
        ]
        watching = alarms_on(function, subject, within=infrastructure) if streams else []
        for source in streams:
            lags = _LAGS[source.kind]
            if not are_watched(watching, *lags):
                finding = RULE.finding(
                    f"nothing tells when {function.id} falls behind the stream that {source.resource.id} reads",
                    f"add an alarm on {lags[0]}, Maximum" + (" above 60000" if lags == _OF_A_STREAM else ""),
                    place=source.resource.place,
                    subject=source.resource.id,
                )
                yield finding if watching else msgspec.structs.replace(finding, severity=Severity.INFO)
