"""Runs a probe in a process of its own, against a runtime client that takes its events from a list."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GUEST = Path(__file__).parents[2] / "src" / "headstart" / "engine" / "guest"

_CLIENT = """
import json
from types import SimpleNamespace


class LambdaRuntimeClient:
    def __init__(self, events):
        self.events = list(events)
        self.answers = []

    def wait_next_invocation(self):
        if not self.events:
            raise KeyboardInterrupt
        return SimpleNamespace(event_body=json.dumps(self.events.pop(0)).encode())
"""

_BOOTSTRAP = """
import importlib
import json
import traceback


def _get_handler(handler):
    module, name = handler.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def handle_event_request(client, handler, body):
    try:
        client.answers.append(handler(json.loads(body), None))
    except Exception:
        client.answers.append(traceback.format_exc())


def run(handler, client):
    handler = _get_handler(handler)
    while True:
        handle_event_request(client, handler, client.wait_next_invocation().event_body)
"""

_DRIVER = """
import json
import sys
import threading

config = json.loads(sys.argv[1])
sys.path[:] = [config["task_root"], config["runtime"], config["guest"], *sys.path[1:]]
from awslambdaric import bootstrap, lambda_runtime_client

records = []
if config["probe"]:
    __import__(config["probe"]).install(lambda record: records.append(json.dumps(record)), config["task_root"])
client = lambda_runtime_client.LambdaRuntimeClient(config["events"])
end = "finished"
try:
    bootstrap.run("app.handler", client)
except KeyboardInterrupt:
    pass
except BaseException as error:
    end = repr(error)
sys.settrace(None)
records = [json.loads(record) for record in records]
print("\\n" + json.dumps({"records": records, "answers": client.answers, "end": end}))
"""


@dataclass
class ProbeRun:
    """What a probed function answered, how its process ended, and the records that the probe emitted."""

    records: list[dict[str, Any]]
    answers: list[Any]
    end: str

    @property
    def record(self) -> dict[str, Any]:
        return self.records[-1]

    def module(self, name: str) -> dict[str, Any]:
        """The only load of a module."""
        (found,) = [module for module in self.record["modules"] if module["module"] == name]
        return found


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run_probe(
    folder: Path,
    files: dict[str, str],
    *,
    events: tuple[Any, ...] = ({},),
    probe: str | None = "probe_imports",
    python: str = sys.executable,
) -> ProbeRun:
    """Lay out ``files`` as a task root (the handler is app.handler) and send it ``events``."""
    task_root, runtime = folder / "task", folder / "runtime"
    write_files(task_root, files)
    write_files(
        runtime / "awslambdaric",
        {"__init__.py": "", "lambda_runtime_client.py": _CLIENT, "bootstrap.py": _BOOTSTRAP},
    )
    write_files(folder, {"driver.py": _DRIVER})
    config = {
        "task_root": str(task_root),
        "runtime": str(runtime),
        "guest": str(GUEST),
        "events": events,
        "probe": probe,
    }
    done = subprocess.run(
        [python, "-s", str(folder / "driver.py"), json.dumps(config)],
        env={"PATH": os.environ["PATH"], "LAMBDA_RUNTIME_DIR": str(runtime), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return ProbeRun(**json.loads(done.stdout.splitlines()[-1]))


def pythons() -> dict[str, str]:
    """Interpreters of this machine by version, from 3.10 on; the one that runs the tests is always among them."""
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    folders += sorted((Path.home() / ".pyenv" / "versions").glob("3.1*/bin"))
    found = {f"3.{sys.version_info[1]}": sys.executable}
    for minor in range(10, 15):
        for folder in folders:
            path = folder / f"python3.{minor}"
            if "shims" not in folder.parts and path.exists():
                found.setdefault(f"3.{minor}", str(path))
    return found
