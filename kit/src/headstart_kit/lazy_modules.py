"""Modules that are imported when they are first used: `lazy_import`, and the proxy that `deferred` shares with it."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any


def lazy_import(name: str) -> ModuleType:
    """The module ``name`` (``"pandas"``; for ``"os.path"`` the submodule itself), imported when it is first used.

    What is loaded already is given as it is. Otherwise a proxy stands in for the module. The first attribute that is
    read, set or deleted imports it, under Python's import lock; from then on the proxy has the module's own namespace.
    It passes for a module with ``isinstance`` and ``inspect``, and can be pickled; only ``is`` tells the two apart.

    Raises:
        ValueError: ``name`` is not the absolute name of a module.
        ImportError: at first use, when the module cannot be imported; the message says where it was declared.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f'{name!r} is not the absolute name of a module, such as "pandas" or "os.path"')
    lazy: Any = LazyModule(name, declared=place(sys._getframe(1)))
    module: ModuleType = sys.modules.get(name, lazy)
    return module


def place(frame: FrameType) -> str:
    """``file:line`` of what runs in the frame."""
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def load(lazy: LazyModule) -> ModuleType:
    """The module that the proxy stands for, imported now if it was not. Raises what its import raises."""
    import importlib

    try:
        module = importlib.import_module(lazy._lazy_name)
    except ImportError as error:
        error.msg = f"{error.msg} (imported at first use; declared in {lazy._lazy_declared})"
        raise
    if type(module) is ModuleType:
        object.__setattr__(lazy, "__dict__", module.__dict__)
    return module


class LazyModule:  # noqa: D101 (it would be read as the module's)
    # A slot hides an attribute of the module with the same name, hence the prefix.
    __slots__ = ("__dict__", "_lazy_children", "_lazy_declared", "_lazy_name")
    __class__ = property(lambda self: ModuleType)

    _lazy_children: dict[str, LazyModule]
    _lazy_declared: str
    _lazy_name: str

    def __init__(self, name: str, *, declared: str) -> None:
        object.__setattr__(self, "_lazy_name", name)
        object.__setattr__(self, "_lazy_declared", declared)
        object.__setattr__(self, "_lazy_children", {})

    def __getattr__(self, name: str) -> object:
        return self._lazy_children.get(name) or getattr(load(self), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(load(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(load(self), name)

    def __dir__(self) -> list[str]:
        return dir(load(self))

    def __repr__(self) -> str:
        state = "imported" if self._lazy_name in sys.modules else "not imported yet"
        return f"<lazy module {self._lazy_name!r}, {state}>"

    def __reduce__(self) -> tuple[object, ...]:
        return lazy_import, (self._lazy_name,)
