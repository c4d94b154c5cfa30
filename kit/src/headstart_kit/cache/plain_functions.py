"""Which functions return a value that can be used more than once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The bits of a code object's co_flags (inspect has names for them, but takes 20 ms to import).
_USED_ONCE = {0x20: "a generator", 0x80: "a coroutine", 0x200: "an asynchronous generator"}


def require_plain(function: Callable[..., object], *, decorator: str) -> None:
    """Raise TypeError where what the function returns is gone after its first use."""
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    for flag, what in _USED_ONCE.items():
        if flags & flag:
            raise TypeError(
                f"{decorator}: {function.__qualname__} returns {what}, which can be used only once; "
                "decorate the plain function that gets the value"
            )
