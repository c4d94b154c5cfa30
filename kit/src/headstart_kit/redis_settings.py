"""Where Redis or Valkey is, by the environment variables, and how long its clients wait."""

from __future__ import annotations

import os

from headstart_kit.errors import SettingError
from headstart_kit.settings import Secret, read_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

TIMEOUT_S = 0.5
# After this long without use even a connection that looks alive may lead nowhere.
LONG_IDLE_S = 60.0
_SCHEMES = ("redis://", "rediss://", "unix://")


def read_address(url: str | None, *, prefix: str, environ: Mapping[str, str] = os.environ) -> Secret | dict[str, Any]:
    """Where Redis is: a URL, or what a connection takes.

    Raises:
        SettingError: neither a URL nor a host is set, or a variable is wrong.
    """
    url = url or environ.get(f"{prefix}URL")
    if url:
        url = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
        if not url.startswith(_SCHEMES):
            raise SettingError(f"{prefix}URL is not like redis://user:password@host:port/0, or rediss:// with TLS")
        return Secret(url)
    if not environ.get(f"{prefix}HOST"):
        raise SettingError(f"{prefix}URL is missing: set it, or {prefix}HOST, to where Redis is")
    kinds = {"HOST": str, "PORT": int, "DB": int, "USERNAME": str, "PASSWORD": Secret, "TLS": bool}
    usual = {"PORT": 6379, "DB": 0, "USERNAME": None, "PASSWORD": None, "TLS": False}
    declared = type("Redis", (), {f"{prefix}{name}": value for name, value in usual.items()})
    declared.__annotations__ = {f"{prefix}{name}": kind for name, kind in kinds.items()}
    settings: Any = read_settings(declared, environ=environ)
    return {name.lower(): getattr(settings, f"{prefix}{name}") for name in kinds}
