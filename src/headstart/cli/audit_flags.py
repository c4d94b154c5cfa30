"""The flags that ``audit`` and ``fix`` share."""

from pathlib import Path
from typing import Annotated

import msgspec
from typer import Argument, Option

from headstart.cli.parse import positive
from headstart.cli.template_flags import ImportFlag, ParameterFlag, ParametersFlag

AuditPath = Annotated[
    Path,
    Argument(
        metavar="[PATH]",
        help="A project's or function's folder, cdk.out, a template, a .py or a .zip; this folder by default.",
        show_default=False,
    ),
]


class LookFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at."""

    template: Annotated[
        list[Path], Option("--template", metavar="FILE", help="A template, instead of those in PATH. Repeatable.")
    ] = []
    parameter: ParameterFlag = []
    parameters: ParametersFlag = []
    imports: ImportFlag = []
    account_concurrency: Annotated[
        int | None,
        Option(
            "--account-concurrency", metavar="N", parser=positive, help="The account's quota of concurrent executions."
        ),
    ] = None


class RuleFlags(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules."""

    rule: Annotated[
        list[str],
        Option("--rule", "--select", metavar="RULE", help="Only this rule (HS101) or these (HS1). Repeatable."),
    ] = []
    ignore: Annotated[list[str], Option("--ignore", metavar="RULE", help="Not this rule or these. Repeatable.")] = []
