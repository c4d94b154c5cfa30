"""Provisioned concurrency on an alias that nothing invokes.

A function has an alias with provisioned concurrency, and all that the template has invoke it goes past the alias: to
the function itself, or to another alias.

*Why it costs.* The provisioned environments stay idle and are paid for, and every request may start cold.

*Use instead.* Have the event source or integration invoke the alias: its Ref where the function's name or ARN stands.
SAM's AutoPublishAlias does so by itself.

*Evidence.* A wrong qualifier is a common report of "still cold with provisioned concurrency" (serverless#7788).

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import aliases_of, target_of
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS122", name="provisioned-alias-not-invoked", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE})
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function whose invocations all go past its provisioned aliases."""
    for infrastructure, function in own_functions(subject):
        aliases = aliases_of(infrastructure, function)
        ready = [alias for alias in aliases if alias.provisioned or target_of(infrastructure, alias)]
        sources = [source for source in infrastructure.event_sources if source.function == function.id]
        if not ready or not sources or {source.qualifier for source in sources} & {alias.name for alias in ready}:
            continue
        others = {source.qualifier for source in sources} - {"", "$LATEST"} - {alias.name for alias in aliases}
        if not others and is_whole(infrastructure):
            yield RULE.finding(
                f"alias {ready[0].name} of {function.id} has provisioned concurrency, and {sources[0].resource.id} "
                "invokes the function past it",
                f"invoke the alias {ready[0].resource.id}",
                place=ready[0].resource.place_of("ProvisionedConcurrencyConfig"),
                subject=ready[0].resource.id,
            )
