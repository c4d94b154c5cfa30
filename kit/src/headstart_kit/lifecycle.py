"""What befalls an execution environment, for what lives as long as it does: invocations, snapshots, its end."""

from __future__ import annotations

import sys

from headstart_kit import environment, termination

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_invocations = 0


def invocation_began() -> int:
    """Count another invocation; its number in this environment, from 1."""
    global _invocations  # noqa: PLW0603 (the one count of this process)
    _invocations += 1
    return _invocations


def invocation_number() -> int:
    """The number of the latest invocation that ``@handler`` began; 0 before the first, or without it."""
    return _invocations


def init_is_ahead() -> bool:
    """Whether Lambda runs init before there is a request that waits for it.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (2026-11-25).
    """
    return environment.initialization_type() in {"provisioned-concurrency", "snap-start", "lambda-managed-instances"}


def at_shutdown(close: Callable[[], object]) -> None:
    """Have ``close`` called when Lambda shuts the environment down, the last one registered first.

    Lambda says so by SIGTERM, and only to functions with an extension (the metrics of Lambda Insights are one); about
    300 ms are left then. Other environments end without a word. Outside of Lambda nothing is done: the end of a process
    closes what it has open.

    Source: https://github.com/aws-samples/graceful-shutdown-with-aws-lambda (2026-11-25).
    """
    if environment.on_lambda():
        termination.of_this_process.add(close)


def at_snapshot(before: Callable[[], object], *, after: Callable[[], object] | None = None) -> None:
    """Have ``before`` called before SnapStart takes its snapshot, and ``after`` in each environment restored from it.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html (2026-11-25).
    """
    if environment.initialization_type() != "snap-start" and "snapshot_restore_py" not in sys.modules:
        return
    import importlib

    try:
        hooks = importlib.import_module("snapshot_restore_py")
    except ModuleNotFoundError:
        return
    hooks.register_before_snapshot(before)
    if after is not None:
        hooks.register_after_restore(after)
