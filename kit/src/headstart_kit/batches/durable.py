"""The same declaration as a Lambda durable function: slices of the source under ``context.map``, each in checkpointed
steps that go on where the one before stopped. Needs aws-durable-execution-sdk-python in the package.

Source: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html (2026-11-25).
"""

from __future__ import annotations

from headstart_kit import deadline
from headstart_kit.batches.slices import plan_slices, slice_of
from headstart_kit.batches.stream import run
from headstart_kit.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.batches.declaration import Batch

_COUNTS = ("read", "written", "dropped", "rejected", "bytes_read", "bytes_written")


def process_durably(batch: Batch, context: Any, *, slices: int = 1, max_concurrency: int = 1) -> dict[str, Any]:
    """Put all records of ``batch`` through its transform, over as many invocations as it takes, and return the counts.

    ``context`` is the DurableContext of the handler. Each of at most ``slices`` parts of the source writes its part of
    the sinks, named 00000, 00001 and so on. A step ends before the deadline; its slice then waits a second, so that the
    next one has an invocation of its own. A step that is cut off is done again from the last checkpoint, and writes the
    same. More than one slice at a time, ``max_concurrency``, pays where the transform waits for others.

    Raises:
        ValueError: ``slices`` or ``max_concurrency`` is out of range.
        KitError: as in ``run``, as the SDK hands it on.
    """
    from aws_durable_execution_sdk_python.config import MapConfig

    if type(max_concurrency) is not int or max_concurrency < 1:
        raise ValueError(f"max_concurrency is {max_concurrency!r}; allowed: 1 or more")

    def plan() -> list[dict[str, Any]]:
        return [{**planned, "part": f"{number:05}"} for number, planned in enumerate(plan_slices(batch.source, slices))]

    def process(child: Any, planned: dict[str, Any], *_: Any) -> dict[str, int]:
        return _process_slice(batch.over(slice_of(batch.source, planned), part=planned["part"]), child)

    before = deadline.current()
    if before.remaining_ms == deadline.NEVER_S:
        deadline.begin(Deadline.of(context.lambda_context))
    try:
        planned = context.step(lambda _: plan(), name="plan")
        config: MapConfig[Any] = MapConfig(max_concurrency=max_concurrency)
        done = context.map(planned, process, name="slices", config=config)
    finally:
        deadline.begin(before)
    done.throw_if_error()
    counts = done.get_results()
    return {"parts": len(counts), **{name: sum(part[name] for part in counts) for name in _COUNTS}}


def _process_slice(batch: Batch, context: Any) -> dict[str, int]:
    """One slice, in as many steps as it takes."""
    from aws_durable_execution_sdk_python.config import Duration

    def go_on(token: str | None) -> dict[str, Any]:
        return run(batch, resume=token).as_dict()

    token: str | None = None
    while True:
        result = context.step(lambda _, token=token: go_on(token), name="run")
        token = result["resume_token"]
        if token is None:
            return {name: result[name] for name in _COUNTS}
        context.wait(Duration.from_seconds(1), name="next invocation")
