"""The resume token: a JSON text that says where a run stopped, checked before it is believed.

It is not signed: who can change it can already choose what the function reads. It holds names, versions, positions and
counts, no record.
"""

from __future__ import annotations

import json

from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FORMAT = "headstart-stream-1"
COUNTS = ("read", "written", "dropped", "rejected", "batches", "bytes_read", "bytes_written")


class Stop:
    """Where a run stopped. ``sink`` and ``dead_letters`` are what their writers said, None where there is none."""

    __slots__ = ("counts", "dead_letters", "position", "sink", "source", "version")

    def __init__(
        self,
        *,
        source: str,
        version: str,
        position: dict[str, Any],
        counts: dict[str, int],
        sink: dict[str, Any] | None,
        dead_letters: dict[str, Any] | None,
    ) -> None:
        self.source = source
        self.version = version
        self.position = position
        self.counts = counts
        self.sink = sink
        self.dead_letters = dead_letters

    def as_token(self) -> str:
        """The token."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({"format": _FORMAT, **fields}, separators=(",", ":"))


def read_token(token: str, *, source: str) -> Stop:
    """What a token says, if it is one for ``source``.

    Raises:
        ValueError: it is no resume token.
        SourceError: it is one for another source.
    """
    fields = _fields(token)
    if not isinstance(fields, dict) or fields.pop("format", None) != _FORMAT or not _is_whole(fields):
        raise ValueError(f"{_shown(token)} is no resume token; give the resume_token of a result as it was")
    if fields["source"] != source:
        raise SourceError(f"the resume token is for {fields['source']}; this is {source}")
    return Stop(**fields)


def _fields(token: object) -> Any:
    try:
        return json.loads(token) if isinstance(token, str) else None
    except (ValueError, RecursionError):
        return None


def _is_whole(fields: dict[str, Any]) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "source": (str,),
        "version": (str,),
        "position": (dict,),
        "counts": (dict,),
        "sink": (dict, type(None)),
        "dead_letters": (dict, type(None)),
    }
    if fields.keys() != kinds.keys() or not all(isinstance(fields[name], kinds[name]) for name in kinds):
        return False
    counts = fields["counts"]
    if any(type(at) is int and at < 0 for at in fields["position"].values()):
        return False
    return counts.keys() == set(COUNTS) and all(type(count) is int and count >= 0 for count in counts.values())


def _shown(token: object) -> str:
    text = repr(token)
    return text if len(text) <= 60 else f"{text[:60]}…"
