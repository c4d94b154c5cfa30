"""Reserved concurrency: what a function has for itself, taken from all others of the account."""

from collections.abc import Iterator

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from headstart.infra.constructs.declared import (
    aliases_of,
    functions_beside,
    own_resource_of,
    provisioned_of,
    reserved_of,
)
from headstart.infra.constructs.refusals import refuse
from headstart.model import limits, quota


class ReservedConcurrency(Construct):
    """Reserves ``executions`` for a function, which is also the most that it gets. It keeps nothing warm.

    ``account_concurrency`` is the account's quota of concurrent executions in the Region (Service Quotas shows it).

    Refuses: less than 1, which would throttle each invocation; more, with all that the app's other functions reserve
    or provision in the same account and Region, than the quota leaves when 100 stay unreserved.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.Function,
        executions: int,
        account_concurrency: int = limits.ACCOUNT_CONCURRENCY_DEFAULT,
    ) -> None:
        super().__init__(scope, construct_id)
        own_resource_of(function, lambda_.CfnFunction).reserved_concurrent_executions = executions
        self.executions = executions
        refuse(self, lambda: _problems(self, executions, account_concurrency=account_concurrency))


def _problems(construct: Construct, executions: int, *, account_concurrency: int) -> Iterator[str]:
    yield from quota.reserved_problems(executions)
    claimed = {function.node.path: _claimed(function) for function in functions_beside(construct)}
    yield from quota.overrun(claimed, account_concurrency)


def _claimed(function: lambda_.Function) -> int:
    """What Lambda takes from the account for a function before anything is invoked."""
    reserved = reserved_of(function)
    return sum(provisioned_of(alias) or 0 for alias in aliases_of(function)) if reserved is None else reserved
