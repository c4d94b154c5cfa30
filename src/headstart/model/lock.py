"""headstart.lock.json: what was found out about a function, so that the next build need not search again."""

import msgspec

from headstart.model.deferral_result import DeferralResult
from headstart.model.preloading import PreloadResult
from headstart.model.side_archive import SideArchive


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """``key`` stands for the package, the events and the Python that ``result`` is of; ``preload_key`` for the
    conditions too that ``preload`` was planned under, ``archive_key`` for what is put off and preloaded. Each begins
    with what stands for the package and the Python alone, up to a hyphen."""

    version: int = 1
    key: str = ""
    result: DeferralResult | None = None
    preload_key: str = ""
    preload: PreloadResult | None = None
    archive_key: str = ""
    archive: SideArchive | None = None
