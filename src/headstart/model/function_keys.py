"""Which property of an ``AWS::Lambda::Function`` each key of headstart.toml's ``[function]`` says."""

from collections.abc import Mapping
from typing import Final

PROPERTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("FunctionName",),
    "handler": ("Handler",),
    "runtime": ("Runtime",),
    "memory_mb": ("MemorySize",),
    "timeout_s": ("Timeout",),
    "architecture": ("Architectures",),
    "ephemeral_storage_mb": ("EphemeralStorage", "Size"),
    "log_format": ("LoggingConfig", "LogFormat"),
    "application_log_level": ("LoggingConfig", "ApplicationLogLevel"),
    "environment": ("Environment", "Variables"),
}
