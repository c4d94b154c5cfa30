"""A function whose code does not exist.

The folder or archive that the template, or the asset manifest beside it, names for a function's code is not there.

*Why it costs.* The deployment fails at best. ``cdk synth`` fails at once; ``sam deploy`` without a build, or a template
that was made earlier, fails in the middle.

*Use instead.* Correct the path, which counts from the template's folder, or build first: ``sam build``, ``cdk synth``.

*Evidence.* The course's second stack names three folders that its chapter never makes.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
(2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.declared import own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS313", name="code-not-there", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function."""
    for _, function in own_functions(subject):
        if function.code is not None and not function.code.exists():
            yield RULE.finding(
                f"the code of {function.id}, {function.code}, does not exist",
                "correct the path, or build first (sam build, cdk synth)",
                place=function.resource.place_of("Code"),
                subject=function.id,
            )
