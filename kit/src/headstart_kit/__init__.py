"""The small library that ships inside a function: importing it loads no module but its own.

Every public name is loaded from its module at first use (PEP 562).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headstart_kit.deadline import Deadline
    from headstart_kit.errors import KitError, SettingError, UserError

__all__ = ["Deadline", "KitError", "SettingError", "UserError"]

# No public name is also a module's: importing the module would put it in the name's place.
_HOMES = {
    "Deadline": "deadline",
    "KitError": "errors",
    "SettingError": "errors",
    "UserError": "errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
