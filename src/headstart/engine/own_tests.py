"""Runs a function's own tests in its sandbox, beside its package as it is deployed."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from headstart.engine.install import install
from headstart.engine.interpreters import Interpreter, find
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.errors import ConfigError
from headstart.model import limits
from headstart.model.function import FunctionSpec
from headstart.model.invocation import Event, Succeeded
from headstart.model.progress import Progress

_HANDLER: Final = "own_tests.handler"
_FOLDER: Final = "headstart_own_tests"
_PYTEST: Final = "pytest>=8,<10\n"


async def run(engine: LocalLambda, spec: FunctionSpec, *, tests: Path, progress: Progress) -> dict[str, str]:
    """The outcome of each test below the folder ``tests``, by name. pytest is brought along where they need it.

    The tests lie in a layer, so that the package stays what it is.

    Raises:
        ConfigError: they cannot be run: no tests, or the function is none of a Python runtime.
        PackageError: pytest cannot be installed.
    """
    if spec.python_version is None:
        raise ConfigError(f"--tests needs a Python runtime; the function has {spec.runtime}")
    with tempfile.TemporaryDirectory(prefix="headstart-tests-") as made:
        layer = Path(made)
        _fill(layer, tests)
        if _need_pytest(tests):
            await _install_pytest(layer / "python", interpreter=find(spec.runtime), progress=progress)
        tested = msgspec.structs.replace(
            spec, handler=_HANDLER, layers=(*spec.layers, layer), timeout_s=limits.TIMEOUT_S_MAX
        )
        invoker = LocalInvoker(engine, await engine.deploy(tested, progress=progress))
        place = f"{invoker.deployment.paths.opt}/python/{_FOLDER}"
        try:
            report = await invoker.invoke(Event(msgspec.json.encode({"folder": place}), name="tests"), fresh=True)
        finally:
            await invoker.close()
    if not isinstance(report.outcome, Succeeded):
        return {"all": f"{report.outcome.error_type}: {report.outcome.payload.decode('utf-8', 'replace')}"}
    outcomes = msgspec.json.decode(report.outcome.payload, type=dict[str, str])
    if not outcomes:
        raise ConfigError(f"--tests {tests} has no tests", hint="name the folder with the files test_….py")
    return {name.removeprefix(f"{place}/"): outcome.replace(place, str(tests)) for name, outcome in outcomes.items()}


def _fill(layer: Path, tests: Path) -> None:
    if not tests.is_dir():
        raise ConfigError(f"--tests {tests} is not a folder", hint="name the folder with the files test_….py")
    layer.chmod(0o755)
    shutil.copytree(tests, layer / "python" / _FOLDER, ignore=shutil.ignore_patterns("__pycache__"))


async def _install_pytest(python: Path, *, interpreter: Interpreter, progress: Progress) -> None:
    listed = python / "requirements.txt"
    listed.write_text(_PYTEST)
    await install(listed, python, interpreter=interpreter, folder=python, progress=progress)


def _need_pytest(tests: Path) -> bool:
    """Whether a file has tests that unittest would not find."""
    texts = (file.read_text("utf-8", "replace") for file in tests.rglob("*.py"))
    return any("import pytest" in text or "\ndef test_" in text or "\nasync def test_" in text for text in texts)
