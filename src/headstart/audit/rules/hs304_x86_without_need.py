"""A function on x86_64 whose package would run on arm64 as it is.

The function's architecture is x86_64, or not said, and nothing in its package or its layers is compiled.

*Why it costs.* A GB-second on arm64 is 20 % cheaper in every region.

*Use instead.* Architectures: [arm64], and a measurement on AWS: the duration may be another.

*Evidence.* List prices of 0.0000166667 and 0.0000133334 USD per GB-second (us-east-1, 2026-07). A CPU loop in Python
took 0.77 to 0.85 of the time on arm64 (cebert, us-east-2, 2025-12). This machine has one architecture, so that no bench
here says how long the function takes on the other.

Source: https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html (2026-11-23)
"""

import re
from collections.abc import Iterator

from headstart.audit.contents import Contents
from headstart.audit.declared import has_unseen_layers, is_unset, is_zip, runtime_of
from headstart.audit.edits import setting
from headstart.audit.measured import ARM64, advice_on, with_savings
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.function import Architecture

RULE = Rule(id="HS304", name="x86-without-need", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE, Sees.PACKAGE}))
_COMPILED = re.compile(r"\.(?:so|pyd|dylib)(?:\.\d+)*$|(?:^|/)bin/|(?:^|/)bootstrap$")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function."""
    for function in subject.functions:
        declared, contents, infrastructure = function.declared, function.contents, function.infrastructure
        if declared is None or contents is None or infrastructure is None or runtime_of(function) is None:
            continue
        is_x86 = declared.architecture == Architecture.X86_64 or is_unset(
            infrastructure, declared.resource, "Architectures"
        )
        if is_x86 and is_zip(declared) and _runs_anywhere(contents) and not has_unseen_layers(function):
            finding = RULE.finding(
                f"{declared.id} runs on x86_64, and nothing that it ships is compiled for it",
                "set Architectures to [arm64]: a GB-second costs 20 % less",
                place=declared.resource.place_of("Architectures"),
                subject=declared.id,
                edits=setting(declared.resource, ("Architectures",), to=[Architecture.ARM64.value]),
            )
            savings = advice_on(function, ARM64)
            yield with_savings(finding, savings[0]) if savings else finding


def _runs_anywhere(contents: Contents) -> bool:
    """What a build would still install may be compiled."""
    if contents.to_install() or contents.is_buildable:
        return False
    every = (file for files in (contents.files, *contents.layers) for file in files)
    return not any(_COMPILED.search(file.name) for file in every)
