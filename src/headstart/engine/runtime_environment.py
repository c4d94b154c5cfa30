"""The environment variables of a function, exactly as Lambda sets them.

Source: recorded on AWS 2026-01 and 2026-02, and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-23).
"""

from typing import Final

import msgspec

from headstart.errors import InvalidValueError
from headstart.model import limits
from headstart.model.function import FunctionSpec, LogFormat

_XRAY_DAEMON: Final = "169.254.79.129:2000"
_PATH: Final = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"
_LIBRARY_PATH: Final = "/lib64:/usr/lib64:{runtime}:{runtime}/lib:{task}:{task}/lib:{opt}/lib"
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (2026-11-23)
_DEFAULT_LOG_LEVEL: Final = "INFO"
TELEMETRY_FD: Final = "62"
# What the lab tells its own parts in the sandbox: not of the function's variables.
_OURS: Final = "_HEADSTART_"
RESERVED: Final = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """Where the function finds its code, as it sees it: on Lambda, and in a sandbox with a file system of its own."""

    task_root: str = "/var/task"
    runtime: str = "/var/runtime"
    opt: str = "/opt"
    lang: str = "/var/lang"


def environment_variables(
    spec: FunctionSpec, *, paths: Paths, runtime_api: str, log_stream: str, probe: str | None = None
) -> dict[str, str]:
    """All variables of the runtime process; the function's own come last and may replace what is not reserved.

    Raises:
        InvalidValueError: a reserved variable, or more than 4 KB of variables.
    """
    check_variables(spec)
    variables = {
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_REGION": spec.region,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory.mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": spec.initialization.value,
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format.value,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": _XRAY_DAEMON,
        "_AWS_XRAY_DAEMON_ADDRESS": _XRAY_DAEMON.split(":")[0],
        "_AWS_XRAY_DAEMON_PORT": _XRAY_DAEMON.split(":")[1],
        "LAMBDA_TASK_ROOT": paths.task_root,
        "LAMBDA_RUNTIME_DIR": paths.runtime,
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": f"{paths.lang}/lib:"
        + _LIBRARY_PATH.format(runtime=paths.runtime, task=paths.task_root, opt=paths.opt),
        "PATH": _PATH,
        "PWD": paths.task_root,
        "SHLVL": "0",
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
        "_LAMBDA_TELEMETRY_LOG_FD": TELEMETRY_FD,
    }
    if spec.python_version is not None:
        variables["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
        variables["PYTHONPATH"] = paths.runtime
        # Python's own choice on Lambda, whose image has no en_US.UTF-8; this machine may.
        variables["LC_CTYPE"] = "C.UTF-8"
    level = spec.application_log_level or (_DEFAULT_LOG_LEVEL if spec.log_format is LogFormat.JSON else None)
    if level is not None:
        variables["AWS_LAMBDA_LOG_LEVEL"] = level
    if paths.opt != Paths().opt:
        variables["_HEADSTART_OPT"] = paths.opt
    if probe is not None:
        variables["_HEADSTART_PROBE"] = probe
    return variables | spec.environment


def check_variables(spec: FunctionSpec) -> None:
    """Refuse the variables that Lambda refuses.

    Raises:
        InvalidValueError: a reserved variable, or more than 4 KB of variables.
    """
    reserved = sorted(RESERVED & spec.environment.keys())
    if reserved:
        raise InvalidValueError(
            f"environment.{reserved[0]}",
            spec.environment[reserved[0]],
            allowed="any name but those that Lambda sets itself",
            hint=f"remove {reserved[0]}; Headstart sets it as Lambda does",
        )
    deployed = {name: value for name, value in spec.environment.items() if not name.startswith(_OURS)}
    size_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in deployed.items())
    if size_bytes > limits.ENVIRONMENT_VARIABLES_BYTES_MAX:
        allowed = f"at most {limits.ENVIRONMENT_VARIABLES_BYTES_MAX} bytes in all"
        raise InvalidValueError("environment", f"{size_bytes} bytes", allowed=allowed)
