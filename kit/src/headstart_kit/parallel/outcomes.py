"""What comes of an item: what ``fn`` returned, or a ``FailedItem``; and how failures are told."""

from __future__ import annotations

from headstart_kit.errors import ItemError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class FailedItem:
    """What stands in the result in place of an item that failed: its ``index``, and the ``error``."""

    __slots__ = ("error", "index")

    def __init__(self, index: int, error: BaseException) -> None:
        self.index = index
        self.error = error

    def __repr__(self) -> str:
        return f"FailedItem(index={self.index}, error={self.error!r})"


def first_error(failures: Sequence[FailedItem]) -> BaseException:
    """The error of the item that comes first, with a note that says which it is, and one for each other failure."""
    first, *others = sorted(failures, key=lambda failure: failure.index)
    add_note(first.error, f"item {first.index} of parallel_map")
    for other in others:
        add_note(first.error, f"item {other.index} failed as well: {in_words(other.error)}")
    return first.error


def add_note(error: BaseException, note: str) -> None:
    """``error.add_note``, which Python 3.10 lacks and a frozen exception refuses."""
    vars(error).setdefault("__notes__", []).append(note)


def in_words(error: BaseException) -> str:
    """The error on one line, whatever its ``__str__`` does."""
    try:
        return f"{type(error).__qualname__}: {error}"
    except Exception:
        return type(error).__qualname__


def lost(index: int, what: str) -> FailedItem:
    """An item whose own outcome cannot be had."""
    return FailedItem(index, ItemError(f"item {index}: {what}", index=index))
