"""headstart.lock.json: what was found out about a function, so that the next build need not search again."""

import msgspec

from headstart.model.deferral_result import DeferralResult
from headstart.model.preloading import PreloadResult


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """``key`` stands for the package, the events and the Python that ``result`` is of; ``preload_key`` for the
    conditions too that ``preload`` was planned under."""

    version: int = 1
    key: str = ""
    result: DeferralResult | None = None
    preload_key: str = ""
    preload: PreloadResult | None = None
