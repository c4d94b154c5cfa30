"""What the flags of ``headstart tune`` and an execution input ask for together; flags win."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from headstart.cli import hooks
from headstart.cli.options import FunctionFlags, overrides
from headstart.cli.template_flags import TemplateFlags
from headstart.cli.tune_flags import EventFlags, GoalFlags, TuneFlags
from headstart.errors import AwsError, ConfigError, EventError, InvalidValueError
from headstart.infra import config_file, execution_input, sample_events, weighted_events
from headstart.infra.execution_input import ExecutionInput
from headstart.infra.project import Project
from headstart.model import limits
from headstart.model.function import MemorySize, require_range
from headstart.model.invocation import Event
from headstart.model.results import Traffic
from headstart.model.tuning import Budget, Goal, Objective, TuneOptions

# AWS's calculator has months of 730 hours. Source: https://calculator.aws (2026-11-25)
_S_PER_MONTH: Final = 730 * 3_600
_SIZES_HINT: Final = "--sizes 128,512,1024, or --sizes all"
_T = TypeVar("_T")


class TuneRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``function`` is on AWS, by its name or ARN; without it the project at ``path`` is meant, which may be called
    ``name``. ``events`` is None where none were given. ``said`` has what is done otherwise than was asked for."""

    path: Path | None
    function: str | None
    name: str | None
    region: str | None
    options: TuneOptions
    events: tuple[Event, ...] | None
    invocations_per_month: int | None
    cold_ratio: float | None
    applies: bool
    is_dry_run: bool
    alias: str | None
    has_stats: bool
    said: tuple[str, ...]

    @property
    def traffic(self) -> Traffic:
        """Of a function whose traffic only flags say."""
        usual, monthly, cold_ratio = Traffic(), self.invocations_per_month, self.cold_ratio
        return Traffic(
            invocations_per_month=usual.invocations_per_month if monthly is None else monthly,
            cold_ratio=usual.cold_ratio if cold_ratio is None else cold_ratio,
        )

    def project(self, function: FunctionFlags, template: TemplateFlags) -> Project:
        """The project at ``path``. Raises as ``config_file.resolve``."""
        assert self.path is not None
        given = overrides(function, template)
        given = msgspec.structs.replace(
            given,
            name=given.name or self.name,
            events=None if self.events is None else (),
            invocations_per_month=self.invocations_per_month,
            cold_ratio=self.cold_ratio,
        )
        project = config_file.resolve(self.path, given)
        return project if self.events is None else msgspec.structs.replace(project, events=self.events)


async def requested(path: Path | None, flags: TuneFlags, *, region: str | None) -> TuneRequest:
    """What is asked for.

    Raises:
        ConfigError: two things that exclude each other, a hook that cannot be imported, or a file that cannot be read.
        InvalidValueError: a value out of its range.
        EventError: an event that cannot be read or sent.
        AwsError: a hook on AWS without a region.
    """
    file = flags.outcome.power_tuning_input
    given = execution_input.read(file) if file else ExecutionInput()
    function = _function(path, flags, given=given)
    return TuneRequest(
        path=path,
        function=function,
        name=_name(given.arn) if path and given.arn else None,
        region=region,
        options=_options(flags, given, region=region),
        events=await _events(flags.events, given, region=region),
        invocations_per_month=_per_month(flags.events),
        cold_ratio=flags.events.cold_rate,
        applies=flags.outcome.apply or flags.outcome.dry_run or given.applies,
        is_dry_run=flags.outcome.dry_run or given.is_dry_run,
        alias=flags.on_aws.alias or given.alias,
        has_stats=given.has_stats,
        said=(*given.said, *_said(flags, is_paid=function is not None)),
    )


def _function(path: Path | None, flags: TuneFlags, *, given: ExecutionInput) -> str | None:
    """What is tuned on AWS; None for what is at ``path``."""
    named = flags.on_aws.aws
    if path is not None and named is not None:
        raise ConfigError(f"PATH {path} and --aws {named} are two functions; needed: one", hint="headstart tune PATH")
    function = None if path else named or given.arn
    if path is None and function is None:
        raise ConfigError("no function was named", hint="headstart tune PATH, or headstart tune --aws FUNCTION")
    return function


def _said(flags: TuneFlags, *, is_paid: bool) -> Iterator[str]:
    if flags.search.max_cost_usd is not None and not is_paid:
        yield "--max-cost-usd: no limit here, for invocations on this machine cost nothing"


def _name(arn: str) -> str:
    from headstart.aws import names  # noqa: PLC0415  (only with an execution input)

    return names.parse(arn).name


def _options(flags: TuneFlags, given: ExecutionInput, *, region: str | None) -> TuneOptions:
    search, events = flags.search, flags.events
    allowed = search.allow_errors
    cost_usd = search.max_cost_usd
    return TuneOptions(
        objective=_objective(flags.best, given.objective),
        budget=Budget(
            invocations=_first(search.invocations, given.invocations),
            cost_usd=None if cost_usd is None else Decimal(str(cost_usd)),
            minutes=search.max_minutes,
        ),
        sizes=given.sizes if search.sizes is None else _sizes(search.sizes),
        tolerance_ratio=flags.best.tolerance,
        allowed_errors=given.allowed_errors if allowed is None else frozenset(map(str.strip, allowed.split(","))),
        is_cold=flags.best.cold or given.is_cold,
        before=hooks.before(_first(events.before, given.before_arn), region=region),
        after=hooks.after(_first(events.after, given.after_arn), region=region),
    )


def _first(*values: _T | None) -> _T | None:
    return next((value for value in values if value is not None), None)


def _objective(best: GoalFlags, given: Objective) -> Objective:
    """Of flags and input; a limit or a weight alone says which goal it belongs to."""
    implied = Goal.SLO if best.p99_ms is not None else Goal.BALANCED if best.weight is not None else given.goal
    if best.goal is not None and best.goal not in tuple(Goal):
        raise InvalidValueError("--for", best.goal, allowed=", ".join(Goal), hint="--for cost")
    return Objective(
        goal=Goal(best.goal) if best.goal else implied,
        weight=given.weight if best.weight is None else best.weight,
        p99_ms=best.p99_ms,
    )


def _sizes(text: str) -> tuple[MemorySize, ...]:
    if text.strip() == "all":
        from headstart.tune.sizes import CANDIDATES  # noqa: PLC0415  (what --help need not wait for)

        return tuple(map(MemorySize, CANDIDATES))
    low, high = limits.MEMORY_MB_MIN, limits.MEMORY_MB_MAX
    sizes = []
    for part in text.split(","):
        if not part.strip().isdecimal():
            allowed = f"sizes in MB, {low} … {high}, with commas between them, or all"
            raise InvalidValueError("--sizes", text, allowed=allowed, hint=_SIZES_HINT)
        require_range("a size of --sizes", int(part), low=low, high=high, hint=_SIZES_HINT)
        sizes.append(MemorySize(int(part)))
    return tuple(sizes)


async def _events(flags: EventFlags, given: ExecutionInput, *, region: str | None) -> tuple[Event, ...] | None:
    """Those that were given, in one way only; None where none were."""
    named = {"--event": flags.event, "--payload": flags.payload, "--payload-s3": flags.payload_s3}
    used = [flag for flag, value in named.items() if value]
    if len(used) > 1:
        raise ConfigError(f"{' and '.join(used)} both say what is sent; needed: one", hint="--payload has weights")
    if flags.event:
        return tuple(sample_events.read_event(source, sys.stdin.buffer) for source in flags.event)
    if flags.payload is not None:
        return weighted_events.read_file(flags.payload)
    if url := flags.payload_s3 or given.payload_s3:
        return await _events_in_s3(url, region=region)
    return given.events


async def _events_in_s3(url: str, *, region: str | None) -> tuple[Event, ...]:
    from headstart.aws import payload, threads  # noqa: PLC0415  (only with an event in S3)

    try:
        document = await threads.abandonable(partial(payload.read, url, region=region))
    except AwsError as error:
        raise EventError(f"{url} cannot be read: {error.message}", hint=error.hint) from error
    return weighted_events.parse(document, name=Path(url).stem)


def _per_month(flags: EventFlags) -> int | None:
    if flags.rps is None:
        return flags.monthly_invocations
    if flags.monthly_invocations is not None:
        raise ConfigError(
            f"--rps {flags.rps:g} and --monthly-invocations {flags.monthly_invocations} both say the traffic",
            hint="give one of them",
        )
    return round(flags.rps * _S_PER_MONTH)
