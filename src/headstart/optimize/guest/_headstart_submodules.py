"""Lets packages have submodules that are not imported yet: whoever asks for one as an attribute imports it."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# The modules that were used as attributes of their packages without an import.
reached: "set[str]" = set()

_FROM_LIST = "_handle_fromlist"  # the import system's, which asks a package whether it has what is imported from it
_IS_IDLE = os.environ.get("HEADSTART_DEFERRAL") == "off" or os.environ.get("_HEADSTART_DEFERRAL") == "observe"

# The submodules that packages are to have once they are loaded.
_reachable: "dict[str, tuple[str, ...]]" = {}
# What packages that are loaded have been given to find submodules with, and the names that it finds.
_finding: "dict[str, tuple[Callable[[str], Any], set[str]]]" = {}
# The imports to tell that a module was asked for, by its full name and their numbers.
_waiting: "dict[str, dict[int, Callable[[bool], None]]]" = {}


def keep_reachable(submodules: "dict[str, tuple[str, ...]]") -> None:
    """Let packages have their submodules, each once it is loaded."""
    for package, names in submodules.items():
        _reachable[package] = (*_reachable.get(package, ()), *names)
    attend()


def attend() -> None:
    """Let the packages that are loaded by now have their submodules."""
    for package in _reachable.keys() & sys.modules.keys():
        adopt(package, _reachable.pop(package, ()))  # another thread may be here too


def adopt(package: str, names: "tuple[str, ...]") -> None:
    """Let a package have the submodules that it has when nothing is put off, without an import of theirs."""
    namespace = getattr(sys.modules.get(package), "__dict__", None)
    if type(namespace) is not dict or _IS_IDLE:
        return
    present = namespace.get("__getattr__")
    find, known = _finding.get(package, (None, set()))
    if find is None or present is not find:
        known = {*known}
        namespace["__getattr__"] = find = _finder(package, known, otherwise=present)
        _finding[package] = find, known
    known.update(names)


def wait_for(module: str, number: int, *, told: "Callable[[bool], None]") -> None:
    """Keep a submodule reachable for the import ``number``.

    When it, or a package that it is in, is asked for, ``told`` gets whether this import is the first to be told.
    """
    _waiting.setdefault(module, {})[number] = told
    parts = module.split(".")
    keep_reachable({".".join(parts[:depth]): (parts[depth],) for depth in range(1, len(parts))})


def _finder(package: str, names: "set[str]", *, otherwise: "Any") -> "Callable[[str], Any]":
    def find(name: str) -> "Any":
        if name in names and sys._getframe(1).f_code.co_name != _FROM_LIST:  # which then imports it by itself
            module = f"{package}.{name}"
            _tell(module)
            __import__(module)
            attend()
            return sys.modules[module]
        if otherwise is not None:
            return otherwise(name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules.get(package))

    return find


def _tell(module: str) -> None:
    reached.add(module)
    within = [name for name in list(_waiting) if f"{name}.".startswith(f"{module}.")]
    for at, told in enumerate([told for name in within for told in _waiting.pop(name, {}).values()]):
        told(at == 0)
