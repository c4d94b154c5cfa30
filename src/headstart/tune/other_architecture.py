"""The same function on the other architecture: its price is listed, its duration a model with a range."""

from typing import Final

import msgspec

from headstart.model.function import Architecture
from headstart.model.tuning import Estimate, OtherArchitecture
from headstart.tune.analysis import Analysis
from headstart.tune.choice import Candidate

# Duration on arm64 over that on x86_64, of Python: computing 0.77 to 0.85, in noisy cells to 1.06 (github.com/cebert,
# CPU loop, 4 Pythons, us-east-2, 2025-11 and 12); waiting 0.94 to 0.98 (github.com/mbwilding/lambda-benchmark, 500 puts
# to S3, 16 sizes, 2023), in other languages to 1.05 from 512 MB on.
_COMPUTING: Final = Estimate(0.85, 0.77, 1.06)
_WAITING: Final = Estimate(1.0, 0.94, 1.05)


def other_architecture(analysis: Analysis, at: Candidate) -> OtherArchitecture:
    """What the size ``at`` takes and costs there. Nothing was run."""
    to_arm = analysis.bill.architecture is Architecture.X86_64
    architecture = Architecture.ARM64 if to_arm else Architecture.X86_64
    law = analysis.prediction.law if analysis.prediction else None
    whole_ms = law.duration_ms(at.mb) if law else 0.0
    computing = 1 - law.io_ms / whole_ms if law and whole_ms > 0 else 1.0
    value, low, high = (
        computing * getattr(_COMPUTING, field) + (1 - computing) * getattr(_WAITING, field)
        for field in ("value", "low", "high")
    )
    ratio = Estimate(value, low, high) if to_arm else Estimate(1 / value, 1 / high, 1 / low)
    tuned_ms = Estimate(at.ms * ratio.value, at.ms * ratio.low, at.ms * ratio.high)
    bill = msgspec.structs.replace(analysis.bill, architecture=architecture)
    return OtherArchitecture(
        architecture=architecture, memory_mb=at.mb, tuned_ms=tuned_ms, cost=bill.estimate(at.mb, tuned_ms)
    )
