"""Values that matter as a whole: ids, moments, random generators, credentials and secrets, in their known forms."""

from __future__ import annotations

import sys

from probe_parts import home, is_a

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_SECRET_KEYS = frozenset({"SecretString", "SecretBinary"})
_CREDENTIAL_KEYS = frozenset({"SecretAccessKey", "SessionToken"})
_EXPIRY_KEYS = frozenset({"expires_at", "expires_in", "expires", "expiry", "expiration"})
_TOKEN_KEYS = frozenset({"access_token", "id_token", "token", "session_token"})


def special(value: Any, is_now: Callable[[float], bool]) -> tuple[str, bytes] | None:
    """Kind and content of a value that matters as a whole; empty content where it does not."""
    if is_a(value, dict):
        return _secret_mapping(value)
    kind = type(value)
    if home(kind) == "botocore.credentials" and kind.__name__ == "Credentials":
        kept = vars(value)
        is_kept = kept.get("token") and kept.get("method") != "env"  # SnapStart has no credentials in variables
        return "credentials", str(kept.get("token")).encode() if is_kept else b""
    if home(kind).startswith("numpy.random"):
        return _numpy_generator(value)
    clock = sys.modules.get("datetime")
    if clock is not None and type(value) is clock.datetime:
        moment = value if value.tzinfo else value.replace(tzinfo=clock.timezone.utc)  # Lambda's zone is UTC
        return "time" if is_now(moment.timestamp()) else "value", value.isoformat().encode()
    for name, tell in (("uuid", _uuid), ("random", _random)):
        module = sys.modules.get(name)
        if module is not None and (told := tell(value, module)) is not None:
            return told
    return None


def _secret_mapping(value: dict[Any, Any]) -> tuple[str, bytes] | None:
    keys = {key for key in dict.keys(value) if is_a(key, str)}
    lower = {key.lower() for key in keys}
    if keys & _SECRET_KEYS:
        kind = "secret"
    elif keys >= _CREDENTIAL_KEYS or (lower & _EXPIRY_KEYS and lower & _TOKEN_KEYS):
        kind = "credentials"
    else:
        return None
    texts = [dict.get(value, key) for key in sorted(keys)]
    texts = [text for text in texts if is_a(text, (str, bytes)) and text]
    return (kind, repr(texts).encode()) if texts else None


def _uuid(value: Any, module: Any) -> tuple[str, bytes] | None:
    return ("value", str(value).encode()) if type(value) is module.UUID else None


def _random(value: Any, module: Any) -> tuple[str, bytes] | None:
    if is_a(value, module.Random) and not is_a(value, module.SystemRandom):
        return "random", repr(module.Random.getstate(value)).encode()
    return None


def shared_generators() -> Iterator[Any]:
    """Those that a whole process shares, whose state is told apart."""
    for module, name in (("random", "_inst"), ("numpy.random.mtrand", "_rand")):
        if module in sys.modules:
            yield getattr(sys.modules[module], name, None)


def _numpy_generator(value: Any) -> tuple[str, bytes] | None:
    bits = getattr(value, "bit_generator", None) or getattr(value, "_bit_generator", value)
    state = getattr(bits, "state", None)
    return ("random", numpy_state(state)) if is_a(state, dict) else None


def numpy_state(state: Any) -> bytes:
    """The state of a generator of numpy's, whole."""
    if is_a(state, dict):
        return b";".join(str(key).encode() + numpy_state(part) for key, part in state.items())
    return state.tobytes() if hasattr(state, "tobytes") else repr(state).encode()
