"""The flags of ``headstart tune``, by what they are about."""

from pathlib import Path
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli.options import EVENT_HELP
from headstart.cli.parse import above_zero, amount, positive, ratio, whole
from headstart.model.tuning import Goal

_HOOK = "MODULE:CALLABLE, or the ARN of a function."


class EventFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What it is sent, and how often it is used."""

    event: Annotated[list[str], Option("--event", "-e", metavar="EVENT", help=f"{EVENT_HELP} Repeatable.")] = []
    payload: Annotated[
        Path | None,
        Option("--payload", metavar="FILE", help='An event, or several: [{"payload": …, "weight": 3}, …].'),
    ] = None
    payload_s3: Annotated[
        str | None, Option("--payload-s3", metavar="URL", help="The same in S3: s3://BUCKET/KEY.")
    ] = None
    before: Annotated[
        str | None, Option("--before", metavar="HOOK", help=f"Called with each event, may give another. {_HOOK}")
    ] = None
    after: Annotated[
        str | None, Option("--after", metavar="HOOK", help="Called with each event and answer; not measured either.")
    ] = None
    monthly_invocations: Annotated[
        int | None, Option("--monthly-invocations", metavar="N", parser=whole, help="For the cost per month.")
    ] = None
    rps: Annotated[
        float | None, Option("--rps", metavar="R", parser=amount, help="The same, as requests per second.")
    ] = None
    cold_rate: Annotated[
        float | None, Option("--cold-rate", metavar="R", parser=ratio, help="Share of cold starts, 0 … 1.")
    ] = None


class GoalFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What the best size is."""

    goal: Annotated[str | None, Option("--for", metavar="GOAL", help=f"{', '.join(Goal)}; {Goal.COST} by default.")] = (
        None
    )
    weight: Annotated[
        float | None, Option("--weight", metavar="W", parser=ratio, help="Of balanced: 1 is cost alone, 0 speed alone.")
    ] = None
    p99_ms: Annotated[
        float | None, Option("--p99-ms", metavar="MS", parser=above_zero, help="Of slo: what p99 must not exceed.")
    ] = None
    cold: Annotated[bool, Option("--cold", help="Tune cold starts: init and first invocation.")] = False
    tolerance: Annotated[
        float, Option("--tolerance", metavar="R", parser=ratio, help="How much dearer than the best is as good.")
    ] = 0.05


class SearchFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How far it searches."""

    sizes: Annotated[
        str | None, Option("--sizes", metavar="MB,…|all", help="Measure exactly these, 128 … 10240; or all there are.")
    ] = None
    invocations: Annotated[
        int | None,
        Option("--invocations", metavar="N", parser=positive, help="At most so many; 20, or 10 for each of --sizes."),
    ] = None
    max_cost_usd: Annotated[
        float | None, Option("--max-cost-usd", metavar="USD", parser=above_zero, help="At most at this list price.")
    ] = None
    max_minutes: Annotated[
        float | None, Option("--max-minutes", metavar="MIN", parser=above_zero, help="At most for so long.")
    ] = None
    allow_errors: Annotated[
        str | None, Option("--allow-errors", metavar="TYPE,…", help="Error types that count as answers.")
    ] = None


class AwsFlags(msgspec.Struct, frozen=True, kw_only=True):
    """A function on AWS."""

    aws: Annotated[
        str | None,
        Option("--aws", metavar="FUNCTION[:QUALIFIER]", help="Its name or ARN, in place of PATH; needs the extra aws."),
    ] = None
    publish: Annotated[bool, Option("--publish/--no-publish", help="A version for each size, or a copy.")] = True
    alias: Annotated[
        str | None, Option("--alias", metavar="NAME", help="With --apply, the alias to move; $LATEST to change that.")
    ] = None
    cleanup: Annotated[bool, Option("--cleanup", help="Only remove what a run that crashed has left there.")] = False


class OutcomeFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the result."""

    output: Annotated[Path, Option("--output", "-o", metavar="DIR", help="Where the report and the journal go.")] = (
        Path("headstart-report")
    )
    json: Annotated[
        str | None, Option("--json", metavar="FILE", help="Also write the result as JSON; - for stdout, and no screen.")
    ] = None
    apply: Annotated[
        bool,
        Option("--apply", help="Set the recommended size: in headstart.toml, the template, or by an alias on AWS."),
    ] = False
    dry_run: Annotated[bool, Option("--dry-run", help="Only show what --apply would change.")] = False
    power_tuning_input: Annotated[
        Path | None,
        Option("--power-tuning-input", metavar="FILE", help="An execution input of AWS Lambda Power Tuning."),
    ] = None
    power_tuning_output: Annotated[
        str | None,
        Option("--power-tuning-output", metavar="FILE", help="Also write its output; - for stdout, and no screen."),
    ] = None


class TuneFlags(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    events: EventFlags
    best: GoalFlags
    search: SearchFlags
    on_aws: AwsFlags
    outcome: OutcomeFlags
