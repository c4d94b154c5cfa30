"""The execution input of AWS Lambda Power Tuning: what its fields ask for, and what is done otherwise here, and why.

Source: https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/master/README-INPUT-OUTPUT.md, 4.4.0 (2026-11-25)
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.errors import ConfigError, InvalidValueError
from headstart.infra import weighted_events
from headstart.model.function import MemorySize
from headstart.model.invocation import Event
from headstart.model.tuning import Goal, Objective

# What "ALL" means there.
_ALL: Final = tuple(range(128, 3_009, 64))
# How many sizes it runs where none are said.
_USUAL_SIZES: Final = 6
# Fewer cannot tell two sizes apart.
_INVOCATIONS_MIN: Final = 4
_STRATEGIES: Final = (Goal.COST, Goal.SPEED, Goal.BALANCED)
_EXAMPLE: Final = '{"lambdaARN": "arn:aws:lambda:…", "num": 10, "powerValues": [128, 512, 1024], "strategy": "cost"}'


class ExecutionInput(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; None means not said. ``invocations`` are those at all sizes together.

    ``before_arn`` and ``after_arn`` name functions to call around each invocation. ``said`` has a sentence for each
    field that is honoured otherwise than by that tool, or not at all.
    """

    arn: str | None = None
    objective: Objective = Objective()
    invocations: int | None = None
    sizes: tuple[MemorySize, ...] | None = None
    events: tuple[Event, ...] | None = None
    payload_s3: str | None = None
    allowed_errors: frozenset[str] = frozenset()
    is_cold: bool = False
    before_arn: str | None = None
    after_arn: str | None = None
    applies: bool = False
    alias: str | None = None
    is_dry_run: bool = False
    has_stats: bool = False
    said: tuple[str, ...] = ()


class _Fields(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The fields as they are spelled there."""

    lambda_arn: str | None = msgspec.field(default=None, name="lambdaARN")
    num: int | None = None
    power_values: list[int] | str | None = None
    payload: Any = None
    payload_s3: str | None = msgspec.field(default=None, name="payloadS3")
    parallel_invocation: bool = False
    strategy: str = Goal.COST.value
    balanced_weight: float = 0.5
    auto_optimize: bool = False
    auto_optimize_alias: str | None = None
    dry_run: bool = False
    pre_processor_arn: str | None = msgspec.field(default=None, name="preProcessorARN")
    post_processor_arn: str | None = msgspec.field(default=None, name="postProcessorARN")
    discard_top_bottom: float | None = None
    sleep_between_runs_ms: float = 0.0
    disable_payload_logs: bool = False
    include_output_results: bool = False
    only_cold_starts: bool = False
    allowed_exceptions: tuple[str, ...] = ()


def read(path: Path) -> ExecutionInput:
    """The execution input in a file.

    Raises:
        ConfigError: it cannot be read, is not a JSON object, or has a value that its field cannot have.
        InvalidValueError: a memory size outside 128 … 10,240, or ``num`` below 1.
        EventError: a payload that cannot be sent, or weights that sum to 0.
    """
    given = _document(path)
    try:
        fields = msgspec.convert(given, _Fields, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}", hint=f"e.g. {_EXAMPLE}") from error
    sizes = _sizes(fields.power_values)
    return ExecutionInput(
        arn=fields.lambda_arn,
        objective=Objective(goal=_goal(fields.strategy), weight=_within_one(fields.balanced_weight)),
        invocations=_invocations(fields, sizes=sizes),
        sizes=sizes,
        events=None if fields.payload is None else weighted_events.of_value(fields.payload, name="payload"),
        payload_s3=fields.payload_s3,
        allowed_errors=frozenset(fields.allowed_exceptions),
        is_cold=fields.only_cold_starts,
        before_arn=fields.pre_processor_arn,
        after_arn=fields.post_processor_arn,
        applies=fields.auto_optimize,
        alias=fields.auto_optimize_alias,
        is_dry_run=fields.dry_run,
        has_stats=fields.include_output_results,
        said=tuple(_said(fields, unknown=given.keys() - _names())),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint=f"ls {path.parent}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}", hint=f"python -m json.tool {path}") from error
    if not isinstance(given, dict):
        raise ConfigError(f"{path} is no execution input; needed: a JSON object", hint=f"e.g. {_EXAMPLE}")
    return given


def _names() -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(_Fields)}


def _goal(strategy: str) -> Goal:
    if strategy not in _STRATEGIES:
        raise InvalidValueError("strategy", strategy, allowed=", ".join(_STRATEGIES), hint='"strategy": "cost"')
    return Goal(strategy)


def _sizes(values: list[int] | str | None) -> tuple[MemorySize, ...] | None:
    if isinstance(values, str) and values != "ALL":
        raise InvalidValueError("powerValues", values, allowed='a list of sizes in MB, or "ALL"')
    if values is not None and not values:
        raise InvalidValueError(
            "powerValues", values, allowed="at least one size", hint='"powerValues": [128, 512, 1024]'
        )
    return None if values is None else tuple(map(MemorySize, _ALL if isinstance(values, str) else values))


def _invocations(fields: _Fields, *, sizes: tuple[MemorySize, ...] | None) -> int | None:
    """``num`` for each size; a dry run warms and invokes each once."""
    if fields.num is not None and fields.num < 1:
        raise InvalidValueError("num", fields.num, allowed="1 or more", hint='"num": 10')
    count = _USUAL_SIZES if sizes is None else len(set(sizes))
    if fields.dry_run:
        return max(_INVOCATIONS_MIN, 2 * count)
    return None if fields.num is None else fields.num * count


def _said(fields: _Fields, *, unknown: set[str]) -> Iterator[str]:
    weight, is_searched = fields.balanced_weight, fields.power_values is None
    notes = (
        (
            is_searched and fields.num is not None and not fields.dry_run,
            f"num: at most {fields.num} x {_USUAL_SIZES} invocations; fewer where the choice is settled before",
        ),
        (is_searched, "powerValues: none are given, so that the sizes are searched for"),
        (
            fields.payload is not None and fields.payload_s3,
            "payload: not used, for payloadS3 wins over it, as there",
        ),
        (not 0 <= weight <= 1, f"balancedWeight: {weight:g} is taken as {_within_one(weight):g}"),
        (
            fields.parallel_invocation,
            "parallelInvocation: not done, for invocations at the same time slow each other; sizes are taken in turn",
        ),
        (
            fields.sleep_between_runs_ms > 0,
            "sleepBetweenRunsMs: not done; sizes are taken in turn, so that each rests while the others run",
        ),
        (
            fields.discard_top_bottom is not None,
            "discardTopBottom: always 0.2, at least one of three invocations at either end",
        ),
        (
            fields.disable_payload_logs,
            "disablePayloadLogs: payloads and answers are in no log, journal or report anyway",
        ),
        (
            fields.auto_optimize_alias and not fields.auto_optimize,
            "autoOptimizeAlias: not used, for autoOptimize is not true",
        ),
    )
    yield from (sentence for holds, sentence in notes if holds)
    yield from (f"{name}: not a field of an execution input, not used" for name in sorted(unknown))


def _within_one(weight: float) -> float:
    return min(1.0, max(0.0, weight))
