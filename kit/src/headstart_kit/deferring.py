"""A block whose import statements import at first use, on the Pythons that have no ``lazy import`` of their own."""

from __future__ import annotations

import builtins
import sys
import threading

from headstart_kit.lazy_modules import LazyModule, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType
    from typing import Any


def deferred() -> AbstractContextManager[None]:
    """``with deferred(): import pandas`` imports pandas when it is first used, while type checkers see a plain import.

    Inside the block, in statements of the calling module:

    - ``import a``, ``import a as b``, ``import a.b`` and ``import a.b as c`` bind the proxy of `lazy_import`, unless
      the module is loaded already. A module that is missing is noticed at first use.
    - ``from a import b`` is carried out when ``a`` is loaded and has ``b``. Otherwise it is a SyntaxError, before
      anything is imported: no proxy is right for any value.

    Other modules import as ever, those too that are imported meanwhile. ``lazy import`` of Python 3.15 needs no block.

    Raises:
        SyntaxError: a ``from`` import that cannot wait (an ImportError would be lost where modules are optional).
    """
    return _Block(sys._getframe(1).f_globals)


class _Hook:
    """What stands in for ``builtins.__import__`` while a block is open, in whichever thread."""

    __slots__ = ("blocks", "is_installed", "lock", "replaced")

    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        self.is_installed = False
        self.lock = threading.Lock()
        self.replaced = builtins.__import__

    def open(self, block: _Block) -> None:
        with self.lock:
            self.blocks.append(block)
            if not self.is_installed:
                self.replaced, builtins.__import__ = builtins.__import__, _import
                self.is_installed = True

    def close(self, block: _Block) -> None:
        with self.lock:
            self.blocks.remove(block)
            # Whoever has replaced it since then may still call ours, which then does nothing of its own.
            if not self.blocks and builtins.__import__ is _import:
                builtins.__import__ = self.replaced
                self.is_installed = False


class _Block:
    __slots__ = ("namespace", "packages")

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.packages: dict[str, LazyModule] = {}

    def __enter__(self) -> None:
        _hook.open(self)

    def __exit__(self, *_: object) -> None:
        _hook.close(self)

    def lazy_package(self, name: str, *, declared: str) -> LazyModule:
        """What ``import name`` binds: the first part of the name, which knows the others."""
        first, *others = name.split(".")
        package = self.packages.setdefault(first, LazyModule(first, declared=declared))
        child = package
        for other in others:
            full_name = f"{child._lazy_name}.{other}"
            child = child._lazy_children.setdefault(other, LazyModule(full_name, declared=declared))
        return package


_hook = _Hook()


def _import(name: str, *given: Any, **named: Any) -> Any:
    if len(given) == 4:  # an import statement gives everything: globals, locals, the names after import, the dots
        namespace, _, names, level = given
        block = next((block for block in _hook.blocks if block.namespace is namespace), None)
        if block and names:
            _refuse_what_cannot_wait(_absolute(name, namespace, level=level), names, statement_in=sys._getframe(1))
        elif block and name not in sys.modules:
            return block.lazy_package(name, declared=place(sys._getframe(1)))
    return _hook.replaced(name, *given, **named)


def _absolute(name: str, namespace: dict[str, Any], *, level: int) -> str:
    if not level:
        return name
    package: str = namespace["__package__"].rsplit(".", level - 1)[0]
    return f"{package}.{name}" if name else package


def _refuse_what_cannot_wait(module_name: str, names: tuple[str, ...], *, statement_in: FrameType) -> None:
    """Raise unless ``from module_name import names`` has nothing left to import."""
    loaded = sys.modules.get(module_name)
    if loaded is not None and ("*" in names or all(name in loaded.__dict__ for name in names)):
        return
    native = ", or `lazy from` after the block" if hasattr(builtins, "__lazy_import__") else ""
    raise SyntaxError(
        f"`from {module_name} import {', '.join(names)}` cannot wait until it is used, only modules can: "
        f"write `import {module_name}` here and `{module_name}.{names[0]}` where it is used{native}",
        (statement_in.f_code.co_filename, statement_in.f_lineno, None, None),
    )
