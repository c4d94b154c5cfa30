"""Provisioned concurrency that never changes.

An alias has a fixed amount of provisioned concurrency, with neither target tracking nor a schedule. It is information:
a small fixed amount under steady load is right.

*Why it costs.* What is provisioned is paid for day and night, used or not, and what is above it is cold. In us-east-1
it is cheaper than on demand only when it is busy 60 % of the time or more; elsewhere that share is up to 131 %.

*Use instead.* Target tracking for load that changes within the day, scheduled actions for load that comes by the clock,
or both. ``headstart`` reckons the month in the message at us-east-1's price for x86_64.

*Evidence.* 0.0000041667 USD per GB-second provisioned: 10.80 USD a month for a GB (us-east-1, 2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html,
https://aws.amazon.com/lambda/pricing/ (2026-11-23)
"""

from collections.abc import Iterator
from decimal import Decimal

from headstart.audit.concurrency import target_of
from headstart.audit.declared import is_whole
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.limits import MEMORY_MB_MIN
from headstart.model.pricing import prices_of

RULE = Rule(id="HS109", name="provisioned-without-scaling", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))
_MONTH_S = 30 * 24 * 60 * 60


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alias with a fixed amount."""
    for infrastructure in subject.infrastructures:
        for alias in infrastructure.aliases:
            if alias.provisioned and target_of(infrastructure, alias) is None and is_whole(infrastructure):
                function = infrastructure.function(alias.function)
                memory_mb = function.memory_mb if function and function.memory_mb else MEMORY_MB_MIN
                month_usd = _month_usd(alias.provisioned, memory_mb)
                yield RULE.finding(
                    f"alias {alias.name} keeps {alias.provisioned} environments day and night: "
                    f"{month_usd:.2f} USD a month at {memory_mb} MB before the first request",
                    "scale it by target tracking or by a schedule, unless the load is steady",
                    place=alias.resource.place_of("ProvisionedConcurrencyConfig"),
                    subject=alias.resource.id,
                )


def _month_usd(provisioned: int, memory_mb: int) -> Decimal:
    gb_second_usd = prices_of("us-east-1").provisioned_allocation_usd
    return gb_second_usd * provisioned * memory_mb / 1024 * _MONTH_S
