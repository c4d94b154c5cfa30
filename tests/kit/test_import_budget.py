"""The kit runs in every cold start: beside AWS's runtime client it may load no module but its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2] / "kit/src"
RUNTIMES = ("3.10", "3.11", "3.12", "3.13", "3.14")
# What awslambdaric.bootstrap itself loads, for interpreters that its wheel here is not built for.
RUNTIME_CLIENT_NEEDS = (
    "__future__, json, logging, os, sys, time, traceback, importlib, http.client, decimal, enum, threading"
)
PROBE = """
import sys
sys.path[:0] = {path!r}
{before}
loaded = set(sys.modules)
import {package}
import json
print(json.dumps(sorted(set(sys.modules) - loaded - {{"json"}})))
"""


def interpreters() -> dict[str, str]:
    """Every Python of Lambda's that runs here, by version; the one that runs the tests is always among them."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in RUNTIMES:
        pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        candidates = [f"python{version}", *map(str, pyenv.glob(f"{version}.*/bin/python{version}"))]
        for name in filter(None, map(shutil.which, candidates)):
            if subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0:
                found.setdefault(version, name)
    return found


def added_modules(package: str, *, python: str, path: list[str], before: str) -> list[str]:
    """The modules that ``import package`` adds in a fresh interpreter that sees only ``path`` and its own library."""
    probe = PROBE.format(path=path, before=before, package=package)
    done = subprocess.run([python, "-I", "-S", "-c", probe], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def modules_of_the_kit() -> list[str]:
    files = (file.relative_to(KIT).with_suffix("") for file in sorted(KIT.glob("headstart_kit/**/*.py")))
    return [".".join(file.parts).removesuffix(".__init__") for file in files]


@pytest.mark.parametrize(("version", "python"), interpreters().items(), ids=interpreters())
def test_no_module_of_the_kit_loads_another_but_its_own(version: str, python: str):
    every = ", ".join(modules_of_the_kit())
    added = added_modules(every, python=python, path=[str(KIT)], before=f"import {RUNTIME_CLIENT_NEEDS}")
    foreign = [name for name in added if name.partition(".")[0] != "headstart_kit"]
    assert foreign == [], f"on Python {version}: import inside the call that needs it"


def test_the_kit_adds_nothing_beside_the_runtime_client():
    client = find_spec("awslambdaric")
    assert client is not None
    assert client.origin is not None
    path = [str(KIT), str(Path(client.origin).parents[1])]
    added = added_modules("headstart_kit", python=sys.executable, path=path, before="import awslambdaric.bootstrap")
    assert added == ["headstart_kit"]
    every = ", ".join(modules_of_the_kit())
    added = added_modules(every, python=sys.executable, path=path, before="import awslambdaric.bootstrap")
    assert [name for name in added if name.partition(".")[0] != "headstart_kit"] == []


def test_the_budget_sees_a_module_too_many(tmp_path: Path):
    (tmp_path / "greedy.py").write_text("import asyncio\n")
    added = added_modules(
        "greedy", python=sys.executable, path=[str(tmp_path)], before=f"import {RUNTIME_CLIENT_NEEDS}"
    )
    assert {"greedy", "asyncio"} <= set(added)


def test_the_kit_depends_on_nothing():
    project = (KIT.parent / "pyproject.toml").read_text()
    assert re.search(r"^dependencies = \[\]$", project, re.MULTILINE)
    assert (KIT / "headstart_kit/py.typed").exists()
