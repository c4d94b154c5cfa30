"""Events that a function's code, template or tests show it to take."""

from pathlib import Path

import msgspec

from headstart.model.invocation import Event


class EventProposal(msgspec.Struct, frozen=True, kw_only=True):
    """An event that reaches ``reaches`` (``GET /rates``, ``the action fetch_data``, ``sqs``), which ``place`` shows.

    ``place`` is a path in the code, or that of a template, and a line: ``app.py:31``. ``covered_by`` is the name of the
    given event that reaches it already; empty where none does. ``file`` is that of an event which lies there already.
    """

    event: Event
    reaches: str
    place: str
    covered_by: str = ""
    file: Path | None = None

    @property
    def name(self) -> str:
        """What it is called, and its file in ``events/``."""
        return self.event.name
