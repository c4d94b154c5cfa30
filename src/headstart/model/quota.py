"""The account's quota of concurrent executions, and what functions claim of it before anything is invoked."""

from collections.abc import Iterator, Mapping

from headstart.model import limits


def reserved_problems(executions: int) -> Iterator[str]:
    """What is wrong with a reserved concurrency, whatever the quota."""
    if executions < 1:
        yield f"executions is {executions}, which throttles every invocation; allowed: 1 or more"


def overrun(claimed: Mapping[str, int], account_concurrency: int) -> Iterator[str]:
    """A sentence where the functions by name claim more than the quota leaves.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
    """
    total, most = sum(claimed.values()), account_concurrency - limits.UNRESERVED_CONCURRENCY_MIN
    if total > most:
        parts = ", ".join(f"{name} {amount:,}" for name, amount in claimed.items() if amount)
        yield (
            f"the app claims {total:,} of the account's {account_concurrency:,} concurrent executions ({parts}); "
            f"allowed: {max(most, 0):,}, for {limits.UNRESERVED_CONCURRENCY_MIN} stay unreserved"
        )
