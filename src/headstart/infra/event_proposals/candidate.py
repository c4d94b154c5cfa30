"""An event that something in a package shows, before it is compared with those that are given."""

from pathlib import Path
from typing import Any

import msgspec

from headstart.infra.event_proposals.reached import Reach


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """``event`` is its JSON value; ``name`` its name where it has one already, as its ``file`` in ``events/`` does."""

    reach: Reach
    place: str
    event: Any
    name: str = ""
    file: Path | None = None
