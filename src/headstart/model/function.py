"""What a function is: the settings that AWS Lambda would hold for it, as values that cannot be wrong."""

from enum import StrEnum
from pathlib import Path

import msgspec

from headstart.errors import InvalidValueError
from headstart.model import limits


def require_range(name: str, value: int, *, low: int, high: int, hint: str = "") -> None:
    """Raise InvalidValueError unless ``value`` is a whole number from ``low`` to ``high``, both included."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidValueError(name, value, allowed=f"{low} … {high}", hint=hint)


class Architecture(StrEnum):
    """Instruction set of the function, in AWS's own spelling."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class LogFormat(StrEnum):
    """Format of the function's log, in AWS's own spelling."""

    TEXT = "Text"
    JSON = "JSON"


class InitializationType(StrEnum):
    """Why the environment is initialised; the value of ``AWS_LAMBDA_INITIALIZATION_TYPE``."""

    ON_DEMAND = "on-demand"
    PROVISIONED_CONCURRENCY = "provisioned-concurrency"
    SNAP_START = "snap-start"


class MemorySize(msgspec.Struct, frozen=True, order=True):
    """Memory size of a function in MB (1024 x 1024 bytes), and the CPU that comes with it.

    Raises:
        InvalidValueError: outside 128 … 10,240 MB.
    """

    mb: int

    def __post_init__(self) -> None:
        require_range(
            "memory_mb",
            self.mb,
            low=limits.MEMORY_MB_MIN,
            high=limits.MEMORY_MB_MAX,
            hint="--memory 1769 is one full vCPU",
        )

    @property
    def vcpu_share(self) -> float:
        """vCPU-seconds per second. Source: limits.MEMORY_MB_PER_VCPU."""
        return self.mb / limits.MEMORY_MB_PER_VCPU

    @property
    def visible_vcpus(self) -> int:
        """What ``os.cpu_count()`` says on Lambda. Source: limits.VISIBLE_VCPUS."""
        return next(vcpus for above, vcpus in limits.VISIBLE_VCPUS if self.mb > above)

    @property
    def in_bytes(self) -> int:
        """The hard limit on the environment's memory."""
        return self.mb * 1024 * 1024

    @property
    def gb(self) -> float:
        """Memory in GB as AWS bills it (1 GB = 1024 MB)."""
        return self.mb / 1024


class FunctionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A function as AWS Lambda would hold it, with its code on this machine.

    ``code`` is a folder or a ``.zip``; ``requirements`` a file whose packages are installed beside it; ``layers``
    are folders or zips in the order of the function's configuration. ``profile_events`` are not part of it.

    Raises:
        InvalidValueError: a setting outside the range that AWS allows.
    """

    name: str
    code: Path
    handler: str
    runtime: str = "python3.11"
    memory: MemorySize = MemorySize(limits.MEMORY_MB_MIN)
    timeout_s: int = limits.TIMEOUT_S_DEFAULT
    architecture: Architecture = Architecture.X86_64
    ephemeral_storage_mb: int = limits.EPHEMERAL_STORAGE_MB_MIN
    environment: dict[str, str] = {}
    layers: tuple[Path, ...] = ()
    requirements: Path | None = None
    log_format: LogFormat = LogFormat.TEXT
    application_log_level: str | None = None
    initialization: InitializationType = InitializationType.ON_DEMAND
    version: str = "$LATEST"
    region: str = "us-east-1"
    account_id: str = "123456789012"

    def __post_init__(self) -> None:
        require_range(
            "timeout_s",
            self.timeout_s,
            low=limits.TIMEOUT_S_MIN,
            high=limits.TIMEOUT_S_MAX,
            hint="--timeout 30",
        )
        require_range(
            "ephemeral_storage_mb",
            self.ephemeral_storage_mb,
            low=limits.EPHEMERAL_STORAGE_MB_MIN,
            high=limits.EPHEMERAL_STORAGE_MB_MAX,
            hint="--ephemeral-storage 1024",
        )
        known = limits.PYTHON_RUNTIMES + limits.CUSTOM_RUNTIMES
        if self.runtime not in known:
            raise InvalidValueError("runtime", self.runtime, allowed=", ".join(known), hint="--runtime python3.13")
        if len(self.layers) > limits.LAYERS_MAX:
            raise InvalidValueError("layers", len(self.layers), allowed=f"at most {limits.LAYERS_MAX}")

    @property
    def arn(self) -> str:
        """The function's ARN, unqualified."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.name}"

    @property
    def python_version(self) -> str | None:
        """``"3.11"`` for a Python runtime, None for a custom one."""
        return self.runtime.removeprefix("python") if self.runtime.startswith("python") else None
