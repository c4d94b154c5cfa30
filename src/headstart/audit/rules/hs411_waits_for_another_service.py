"""A function that is billed while it waits: it invokes another function and waits for the answer, or polls.

*Why it costs.* Both functions are billed for the same time, both take up concurrency, and the caller's timeout ends a
callee that was still at work. A loop of ``sleep`` and ``get`` is billed for the sleep.

*Use instead.* For an answer that is not needed at once ``InvocationType="Event"``, a queue, or Step Functions, which
waits for nothing; for a job of another service its EventBridge event, or Step Functions' ``.sync``. Code that the
caller always needs belongs into the caller's package.

*Evidence.* ``bench/rules/hs411.py`` measures the caller's billed time for both.

Source: https://rules.sonarsource.com/python/RSPEC-6246 (2026-11-23)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.makers import AWS_CLIENTS
from headstart.audit.code.program import Call
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS411",
    name="waits-for-another-service",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_INVOKES = tuple(f"{client}().invoke" for client in sorted(AWS_CLIENTS))
_ASKS = tuple(f"{client}().{verb}_" for client in sorted(AWS_CLIENTS) for verb in ("describe", "get", "head", "list"))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each invocation that is waited for, and for each loop that sleeps and asks."""
    for program in subject.lambda_programs:
        for call in program.calls_of(*_INVOKES):
            if call.in_function in subject.invoked and call.in_function and _is_waited_for(call):
                yield RULE.finding(
                    "the function waits for another function's answer: both are billed for the same time",
                    'invoke it with InvocationType="Event", by a queue or by Step Functions',
                    place=call.place,
                    subject=call.in_function.full_name,
                )
        for call in program.calls_of("time.sleep"):
            if call.in_function in subject.invoked and call.in_function and _is_polling(call):
                yield RULE.finding(
                    "the function sleeps and asks until a service is done: it is billed for waiting",
                    "go on from the service's event, or let Step Functions wait",
                    place=call.place,
                    subject=call.in_function.full_name,
                )


def _is_waited_for(call: Call) -> bool:
    if call.has_unpacked_arguments or call.argument("FunctionName") is None:
        return False
    kind = call.argument("InvocationType")
    return kind is None or (isinstance(kind, ast.Constant) and kind.value == "RequestResponse")


def _is_polling(call: Call) -> bool:
    """Whether a sleep stands in a loop that asks an AWS service, and not in an ``except``, where it is a retry's."""
    if call.in_except or not call.in_loop:
        return False
    around = call.module.nodes.around(call.node)
    loop = next((node for node in around if isinstance(node, ast.While | ast.For)), None)
    asked = (call.module.call_of.get(node) for node in ast.walk(loop) if isinstance(node, ast.Call)) if loop else ()
    return any(each is not None and each.name.startswith(_ASKS) and not each.in_except for each in asked)
