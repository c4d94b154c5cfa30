"""What the first request will need, loaded in init, where Lambda lends more CPU than the memory size gives."""

from __future__ import annotations

from types import ModuleType

from headstart_kit import clock
from headstart_kit.errors import PreloadError
from headstart_kit.lazy_modules import LazyModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def preload(*wanted: str | ModuleType | Callable[[], object]) -> dict[str, float]:
    """Import modules (by name, or a lazy one itself) and call callables, in the order given. For the module level.

    Gives the milliseconds that each took, by name, in that order; what was loaded before takes next to none.

    Raises:
        PreloadError: one of them failed. The message says which, and the failure is its cause. Init fails with it.
        TypeError: one of them is none of the three.
    """
    took_ms: dict[str, float] = {}
    for name, load in [_named(one) for one in wanted]:
        begun_ns = clock.ticks_ns()
        try:
            load()
        except Exception as error:
            raise PreloadError(f"cannot preload {name}: {type(error).__name__}: {error}") from error
        took_ms[name] = took_ms.get(name, 0.0) + (clock.ticks_ns() - begun_ns) / 1e6
    return took_ms


def _named(one: str | ModuleType | Callable[[], object]) -> tuple[str, Callable[[], object]]:
    """What it is called in the report, and what loads it."""
    import importlib

    if callable(one):
        return getattr(one, "__qualname__", None) or repr(one), one
    if isinstance(one, str):
        name = one
    elif isinstance(one, LazyModule):
        name = one._lazy_name
    elif isinstance(one, ModuleType):
        name = one.__name__
    else:
        raise TypeError(f"preload takes names of modules, modules and callables, not {one!r}")
    return name, lambda: importlib.import_module(name)
