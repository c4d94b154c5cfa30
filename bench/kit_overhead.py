"""What `@handler` costs an invocation, against Powertools' decorators for the same: facts, a metric, a JSON log line.

One process, blocks of calls that take turns, standard output unbuffered as Lambda's runtime client has it, and gone to
the null device. The figures are medians of the blocks' means.
"""

import contextlib
import importlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import powertools
from awslambdaric.bootstrap import Unbuffered
from awslambdaric.lambda_context import LambdaContext
from rows import Row, arguments, finish

from headstart_kit.action_routing import actions
from headstart_kit.embedded_metrics import metrics
from headstart_kit.handlers import handler
from headstart_kit.json_log import log

_CALLS = 500
_DIRECT = {"order_id": 7}
_HTTP = {
    "version": "2.0",
    "routeKey": "$default",
    "headers": {"content-type": "application/json"},
    "requestContext": {"http": {"method": "POST", "path": "/"}, "domainName": "x.execute-api.eu-west-1.amazonaws.com"},
    "body": '{"action": "place_order", "order_id": 7}',
    "isBase64Encoded": False,
}
_VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "orders",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    "POWERTOOLS_SERVICE_NAME": "orders",
    "POWERTOOLS_METRICS_NAMESPACE": "Shop",
    "HEADSTART_METRICS_NAMESPACE": "Shop",
}
Handler = Callable[[Any, Any], Any]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=40, help=f"blocks of {_CALLS} invocations for each side")
    options = parser.parse_args()
    theirs = powertools.folder()
    if not _VARIABLES.items() <= os.environ.items():  # both sides read some of them when they are imported
        variables = os.environ | _VARIABLES | ({"PYTHONPATH": str(theirs)} if theirs else {})
        os.execve(sys.executable, [sys.executable, *sys.argv], variables)
    sides = {
        "plain": (lambda event, context: {"ok": True}, _DIRECT),
        "kit": (_with_kit, _DIRECT),
        "kit, no line and no metric": (handler(lambda event, context: {"ok": True}), _DIRECT),
        "kit, action over HTTP": (_actions_with_kit, _HTTP),
    }
    with Path(os.devnull).open("w") as null, contextlib.redirect_stdout(Unbuffered(null)):
        if theirs:
            sides["powertools"] = (_with_powertools(), _DIRECT)
        times = _measure(sides, rounds=options.rounds)
    finish(_rows(times), options)


@handler
def _with_kit(event: dict[str, Any], context: object) -> dict[str, Any]:
    metrics.add("OrderPlaced", 1)
    log.info("order placed", order_id=event["order_id"])
    return {"ok": True}


_actions_with_kit = actions()


@_actions_with_kit.action
def place_order(order_id: int, note: str | None = None) -> dict[str, Any]:
    metrics.add("OrderPlaced", 1)
    log.info("order placed", order_id=order_id, note=note)
    return {"ok": True}


def _with_powertools() -> Handler:
    library = importlib.import_module("aws_lambda_powertools")
    logger, their_metrics = library.Logger(), library.Metrics()

    @logger.inject_lambda_context
    @their_metrics.log_metrics
    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        their_metrics.add_metric(name="OrderPlaced", unit="Count", value=1)
        logger.info("order placed", extra={"order_id": event["order_id"]})
        return {"ok": True}

    return handle


def _measure(sides: dict[str, tuple[Handler, dict[str, Any]]], *, rounds: int) -> dict[str, list[float]]:
    """Microseconds an invocation, a figure for each block."""
    context = LambdaContext("8f5e3a0c-0000", None, None, int(time.time() * 1000) + 900_000, "arn:aws:lambda:…:orders")
    times = defaultdict(list)
    for number in range(rounds + 1):
        for side, (handle, event) in sides.items():
            begun = time.perf_counter_ns()
            for _ in range(_CALLS):
                handle(event, context)
            if number:
                times[side].append((time.perf_counter_ns() - begun) / 1000 / _CALLS)
    return times


def _rows(times: dict[str, list[float]]) -> list[Row]:
    ours, theirs = times["kit"], times["powertools"]
    what = f"kit / Powertools {powertools.VERSION}, the same"
    rows = [Row("@handler, deadline, facts, a metric, a log line", median(ours), "us", "<= 40", _spread(ours))]
    if theirs:
        rows.append(Row(what, median(ours) / median(theirs), "", "<= 0.5", f"{_spread(ours)} / {_spread(theirs)}"))
    else:
        rows.append(Row(what, None, "", "<= 0.5", "no Powertools here"))
    for side in ("kit, action over HTTP", "kit, no line and no metric", "plain"):
        rows.append(Row(side, median(times[side]), "us", "", _spread(times[side])))
    return rows


def _spread(us: list[float]) -> str:
    return f"p50 {median(us):.1f}, min {min(us):.1f} us, n = {len(us)} x {_CALLS}"


if __name__ == "__main__":
    main()
