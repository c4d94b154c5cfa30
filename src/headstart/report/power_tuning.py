"""What tuning found out as AWS Lambda Power Tuning says it, with the link to its picture, for pipelines that read that.

Source: https://github.com/alexcasalboni/aws-lambda-power-tuning, 4.4.0: analyzer.js and utils.js (2026-11-25)
"""

import base64
import struct
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from headstart.model.pricing import MILLION
from headstart.model.tuning import SizeResult, TuneResult
from headstart.report import tune_words

_PICTURE: Final = "https://lambda-power-tuning.show/"


def encode(result: TuneResult, *, has_stats: bool = False) -> bytes:
    """``power`` in MB, ``cost`` in USD per invocation, ``duration`` in ms; null where no size does what was asked.

    No state machine is executed, so that its cost is 0; ``has_stats`` adds a row for each size in the picture. Medians
    stand where that tool has means, and costs include the request fee.
    """
    chosen = tune_words.size_of(result, tune_words.recommended_mb(result))
    drawn = [size for size in result.sizes if size.is_usable and (size.is_measured or size == chosen)]
    output: dict[str, Any] = {
        "power": chosen and chosen.memory_mb,
        "cost": chosen and _usd(chosen),
        "duration": chosen and chosen.tuned_ms.value,
        "stateMachine": {
            "executionCost": 0,
            "lambdaCost": float(result.spent_usd),
            "visualization": _link(drawn, region=result.function.region),
        },
    }
    if has_stats:
        output["stats"] = [
            {"value": size.memory_mb, "averagePrice": _usd(size), "averageDuration": size.tuned_ms.value}
            for size in drawn
        ]
    return msgspec.json.format(msgspec.json.encode(output)) + b"\n"


def fragment(rows: Sequence[tuple[int, float, float]]) -> str:
    """What stands behind the ``#`` of the link, of rows of MB, ms and USD: a column each as int16, float32 and float32,
    little-endian, in base64."""
    columns = zip("hff", zip(*rows, strict=True), strict=True) if rows else ()
    packed = (struct.pack(f"<{len(values)}{kind}", *values) for kind, values in columns)
    return ";".join(base64.b64encode(column).decode() for column in packed)


def _link(sizes: Sequence[SizeResult], *, region: str) -> str:
    currency = "?currency=CNY" if region.startswith("cn-") else ""
    rows = [(size.memory_mb, size.tuned_ms.value, _usd(size)) for size in sizes]
    return f"{_PICTURE}{currency}#{fragment(rows)}"


def _usd(size: SizeResult) -> float:
    """Per invocation."""
    return size.cost.value / MILLION
