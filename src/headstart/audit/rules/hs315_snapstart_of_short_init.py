"""SnapStart on a function whose init is short.

The last ``headstart check`` measured an init phase that is shorter than restoring a snapshot takes.

*Why it costs.* A restore takes some 0.5 s for a small function in Python and costs as much as 8.4 s of init at the same
memory, beside 3.90 USD per GB and month for each version that is published. A short init is faster and cheaper.

*Use instead.* SnapStart off; when the first request must never wait, provisioned concurrency.

*Evidence.* Init 93 ms against restore 622 ms (Chariot, Python on AWS); list prices 0.0001397998 USD per GB restored and
0.0000166667 per GB-second. The init in the message was measured here, for this function; no machine here restores
snapshots as AWS does.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html and https://aws.amazon.com/lambda/pricing/
(2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.edits import removing
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.snapstart import RESTORE_MS

RULE = Rule(
    id="HS315",
    name="snapstart-of-short-init",
    severity=Severity.INFO,
    sees=frozenset({Sees.TEMPLATE, Sees.MEASURED}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function."""
    for function in subject.functions:
        declared, measured = function.declared, function.measured
        if declared is None or measured is None or not declared.has_snap_start:
            continue
        init = measured.cold_start.init
        if init.n and init.median_high < RESTORE_MS:
            yield RULE.finding(
                f"init of {declared.id} takes {init.median:,.0f} ms (median of {init.n}); restoring a snapshot takes "
                f"about {RESTORE_MS:.0f} ms or more, for the price of 8.4 s of init",
                "leave SnapStart off",
                place=declared.resource.place_of("SnapStart"),
                subject=declared.id,
                edits=removing(declared.resource, ("SnapStart",)),
                is_safe=True,
            )
