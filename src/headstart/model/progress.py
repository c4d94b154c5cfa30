"""How long work says where it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Receives the stages of long work; stages may overlap."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin ``stage``; ``total`` steps when their number is known."""
        ...

    def advance(self, stage: str, steps: int = 1) -> None:
        """Finish ``steps`` of ``stage``."""
        ...

    def finish(self, stage: str) -> None:
        """End ``stage``, whatever was left of it."""
        ...


class NoProgress:
    """Listens to nothing."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Ignore."""

    def advance(self, stage: str, steps: int = 1) -> None:
        """Ignore."""

    def finish(self, stage: str) -> None:
        """Ignore."""
