"""A function's configuration as AWS answers it: what a copy takes over, and what it says of the function."""

from pathlib import Path
from typing import Any, Final

from headstart.errors import AwsError
from headstart.model import limits
from headstart.model.function import Architecture, FunctionSpec, LogFormat, MemorySize
from headstart.model.tuning import TunedFunction

Configuration = dict[str, Any]

_TAKEN_OVER: Final = (
    "Architectures",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "KMSKeyArn",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
)
_OF_NETWORK: Final = ("SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack")
# A function that is made to run none of ours; its true runtime is in TunedFunction.
_OTHER_RUNTIME: Final = limits.CUSTOM_RUNTIMES[-1]


def settings(configuration: Configuration) -> Configuration:
    """What CreateFunction takes to make the same function again: all but its name, code, memory size, description."""
    taken = {name: configuration[name] for name in _TAKEN_OVER if configuration.get(name)}
    variables = configuration.get("Environment", {}).get("Variables")
    network = {name: value for name, value in configuration.get("VpcConfig", {}).items() if name in _OF_NETWORK}
    tracing = configuration.get("TracingConfig", {}).get("Mode")
    image = configuration.get("ImageConfigResponse", {}).get("ImageConfig")
    nested = {
        "Environment": {"Variables": variables} if variables else None,
        "ImageConfig": image,
        "Layers": [layer["Arn"] for layer in configuration.get("Layers") or []],
        "LoggingConfig": {**configuration.get("LoggingConfig", {}), "LogGroup": log_group(configuration)},
        "SnapStart": {"ApplyOn": "PublishedVersions"} if has_snapstart(configuration) else None,
        "TracingConfig": {"Mode": tracing} if tracing else None,
        "VpcConfig": network if network.get("SubnetIds") else None,
    }
    return taken | {name: value for name, value in nested.items() if value}


def is_same_but_memory(one: Configuration, other: Configuration) -> bool:
    """Whether two configurations have the same code and settings, memory size and description aside."""
    return one.get("CodeSha256") == other.get("CodeSha256") and settings(one) == settings(other)


def require_tunable(configuration: Configuration) -> None:
    """Raise AwsError for a function whose memory size cannot be chosen by invoking it."""
    name = configuration["FunctionName"]
    if configuration.get("CapacityProviderConfig"):
        raise AwsError(f"{name} runs on Lambda Managed Instances, which are not billed by memory size and duration")
    if configuration.get("TenancyConfig"):
        raise AwsError(f"{name} isolates tenants: it answers no event without a tenant's id")


def guard(configuration: Configuration) -> dict[str, str]:
    """The revision, with which AWS refuses to change what is another by now; imitations of AWS may have none."""
    return {"RevisionId": configuration["RevisionId"]} if configuration.get("RevisionId") else {}


def log_group(configuration: Configuration) -> str:
    """The group of CloudWatch Logs that the function writes to."""
    name = configuration["FunctionName"]
    return str(configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}")


def has_snapstart(configuration: Configuration) -> bool:
    """Whether published versions of it start from snapshots."""
    return bool(configuration.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions")


def spec(configuration: Configuration, region: str) -> FunctionSpec:
    """The function as the rest of Headstart knows it; its code is not on this machine, and its path leads nowhere."""
    runtime = configuration.get("Runtime", "")
    logging = configuration.get("LoggingConfig", {})
    return FunctionSpec(
        name=configuration["FunctionName"],
        code=Path(),
        handler=configuration.get("Handler", ""),
        runtime=runtime if runtime in limits.PYTHON_RUNTIMES else _OTHER_RUNTIME,
        memory=MemorySize(configuration["MemorySize"]),
        timeout_s=configuration["Timeout"],
        architecture=_architecture(configuration),
        ephemeral_storage_mb=configuration.get("EphemeralStorage", {}).get("Size", limits.EPHEMERAL_STORAGE_MB_MIN),
        log_format=LogFormat(logging.get("LogFormat", LogFormat.TEXT)),
        version=configuration.get("Version", "$LATEST"),
        region=region,
        account_id=_account_id(configuration),
    )


def facts(configuration: Configuration, region: str) -> TunedFunction:
    """What a result says of the function; the names of the events are not known here."""
    return TunedFunction(
        name=configuration["FunctionName"],
        source=configuration["FunctionArn"],
        runtime=configuration.get("Runtime") or configuration.get("PackageType", ""),
        architecture=_architecture(configuration),
        region=region,
        memory_mb=configuration["MemorySize"],
        timeout_s=configuration["Timeout"],
        events=(),
    )


def _architecture(configuration: Configuration) -> Architecture:
    return Architecture((configuration.get("Architectures") or [Architecture.X86_64])[0])


def _account_id(configuration: Configuration) -> str:
    return str(configuration["FunctionArn"].split(":")[4])
