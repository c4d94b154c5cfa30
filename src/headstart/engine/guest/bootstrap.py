"""What Lambda's /var/runtime/bootstrap.py does: the search path, then AWS's own runtime client.

Sends one frame before the function's code is imported, so that the engine can tell runtime boot from function init.
"""

import os
import sys
import time

_TELEMETRY_FD = int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"])
_BOOTED = b"\xa5\x5a\xff\x00"
_PROBED = b"\xa5\x5a\xff\x01"


def _frame(kind: bytes, time_us: int, *, body: bytes = b"") -> None:
    data = kind + len(body).to_bytes(4, "big") + time_us.to_bytes(8, "big") + body
    while data:
        data = data[os.write(_TELEMETRY_FD, data) :]


def _search_path(task_root: str) -> "list[str]":
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    opt = os.environ.pop("_HEADSTART_OPT", "/opt")
    first = [task_root, f"{opt}/python/lib/{version}/site-packages", f"{opt}/python"]
    runtime = os.environ["LAMBDA_RUNTIME_DIR"]
    return first + [runtime] + [entry for entry in sys.path if entry not in (runtime, "")]


def _main() -> None:
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    probe = os.environ.pop("_HEADSTART_PROBE", None)
    sys.path[:] = _search_path(task_root)
    sys.argv = ["bootstrap.py", os.environ["_HANDLER"]]
    from awslambdaric import __main__ as runtime

    if probe:
        import importlib
        import json

        encode = json.dumps  # what the function puts in its place is not ours

        importlib.import_module(probe).install(
            lambda record: _frame(_PROBED, 0, body=encode(record).encode()), task_root
        )
    _frame(_BOOTED, time.perf_counter_ns() // 1000)
    runtime.main(sys.argv)


_main()
