"""headstart.lock.json: what was found out, so that the next build need not search again."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from headstart.errors import ConfigError, RequestError
from headstart.model.deferral_result import Culprit
from headstart.model.lock import Lock
from headstart.optimize.bundle.placing import replacing

_VERSION = 1
_ANEW = "delete it: the next headstart bundle --defer searches anew"


def read(file: Path) -> Lock | None:
    """The lock; None where there is no such file.

    Raises:
        ConfigError: it cannot be read, or is of another version.
    """
    try:
        lock = msgspec.json.decode(file.read_bytes(), type=Lock)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", hint=f"chmod u+r {file}") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{file} is no lock of headstart's: {error}", hint=_ANEW) from error
    if lock.version != _VERSION:
        raise ConfigError(f"{file} has version {lock.version}; allowed: {_VERSION}", hint=_ANEW)
    return lock


def write(file: Path, lock: Lock) -> None:
    """Keep what was found, but for why the rest is neither deferred nor preloaded.

    Raises:
        RequestError: it cannot be written.
    """
    content = msgspec.json.format(msgspec.json.encode(_brief(lock))) + b"\n"
    try:
        with replacing(file) as beside:
            beside.write_bytes(content)
    except RequestError as error:
        raise RequestError(error.message, hint=f"chmod u+w {file.parent}") from error


def taken_over(lock: Lock | None, distributions: Sequence[str]) -> tuple[Culprit, ...]:
    """The culprits in distributions that are still the same; of the user's own code none, which has no version."""
    found = lock.result.culprits if lock and lock.result else ()
    return tuple(culprit for culprit in found if culprit.distribution in distributions)


def _brief(lock: Lock) -> Lock:
    result, preload = lock.result, lock.preload
    if result is not None:
        result = msgspec.structs.replace(result, decisions=())
    if preload is not None:
        plan = msgspec.structs.replace(preload.plan, steps=preload.plan.preloaded)
        preload = msgspec.structs.replace(preload, plan=plan)
    return msgspec.structs.replace(lock, result=result, preload=preload)
