"""What one service is made of: where it lies, what is run, and what its clients need to know."""

import signal
from collections.abc import Callable
from pathlib import Path

import msgspec

from headstart.errors import ServiceMissingError

LOOPBACK = "127.0.0.1"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one service runs: a folder of its own, a port on loopback, and the password that it asks for."""

    folder: Path
    port: int
    password: str


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A server. ``commands`` run one after the other, the last is the server; ``environment`` is what clients read.

    ``accepts`` says whether it takes connections now. ``user`` is the uid and gid to run as; None for the same as ours.
    """

    commands: tuple[tuple[str, ...], ...]
    environment: dict[str, str]
    accepts: Callable[[], bool]
    stop_signal: int = signal.SIGTERM
    user: tuple[int, int] | None = None


def missing(what: str, *, needed: str) -> ServiceMissingError:
    """The error for a server that is not installed."""
    return ServiceMissingError(
        f"{what} cannot be started: {needed} is not installed", hint="pip install 'headstart[services]'"
    )
