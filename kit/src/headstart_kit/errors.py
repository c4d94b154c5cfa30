"""Every exception of the kit.

KitError                 all of them
├── UserError            the caller's fault: `@handler` makes it an answer with a 4xx status
├── InternalError        what a caller learns of any other fault: that there was one, and the id to find it by
├── SettingError         an environment variable is missing or wrong: raised in init, names the variable
├── PreloadError         what the first request needs cannot be loaded: raised in init, says what
├── DeadlineError        there is no time left for what was about to begin
├── ResourceError        a resource cannot be made or reached
├── ProcessDiedError     a process of `parallel_map` ended before its item was done
├── ItemError            an item of `parallel_map` or `gather` failed in a way that cannot be raised as it was
├── RecordError          a record of `process_stream` failed, and there was nowhere to put it
├── SourceError          the input of `process_stream` cannot be read on
├── AddressRefusedError  a URL, or the address that its host has now, is not one that may be called
├── HttpStatusError      an HTTP response is no success
└── TooLargeError        a response, file, object or query result is larger than the cap on it
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class KitError(Exception):
    """What every error of the kit is."""


class UserError(KitError):
    """The caller's fault. ``status`` is an HTTP status from 400 to 499; the message is meant for the caller."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        if not 400 <= status <= 499:
            raise ValueError(f"status is {status}; allowed: 400 … 499")
        super().__init__(message)
        self.status = status


class InternalError(KitError):
    """What `@handler` raises in place of a fault, which it has logged. The message has the request id, and no more."""


class SettingError(KitError):
    """An environment variable is missing or wrong. The message names it and what is allowed, never a secret value."""


class PreloadError(KitError):
    """What `preload` was to load cannot be. The message says what, and the failure is the cause."""


class DeadlineError(KitError):
    """Not enough time is left in this invocation. ``unfinished`` has the indices of the items that were not done."""

    def __init__(self, message: str = "", *, unfinished: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.unfinished = unfinished


class ResourceError(KitError):
    """A resource cannot be made or reached."""


class ProcessDiedError(KitError):
    """A process that worked on an item ended before it was done. ``index`` is the item's, as far as it is known."""

    def __init__(self, message: str, *, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class ItemError(KitError):
    """An item failed in a way that cannot be raised as it was. ``index`` is the item's."""

    def __init__(self, message: str, *, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class RecordError(KitError):
    """A record failed, and no dead-letter sink was there to take it. ``index`` is the record's."""

    def __init__(self, message: str, *, index: int) -> None:
        super().__init__(message)
        self.index = index


class SourceError(KitError):
    """The input cannot be read on from where it is."""


class AddressRefusedError(KitError):
    """A URL leads, at once or by a redirect, to where no request may go. The message says what would allow it."""


class HttpStatusError(KitError):
    """An HTTP response that is no success; ``status`` is its status."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TooLargeError(KitError):
    """More was about to be read into memory than the cap allows. The message names the cap."""
