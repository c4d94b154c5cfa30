"""Writes build.py, which puts together a package that is not the folder of the code as it is."""

import json

from headstart.infra.synth.plan import StackPlan
from headstart.model import limits
from headstart.model.function import Architecture

FILE = "build.py"
_MACHINES = {Architecture.ARM64: "aarch64", Architecture.X86_64: "x86_64"}
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11-23): up to 3.11 on Amazon Linux 2, whose
# glibc is 2.26; then on 2023, with 2.34
_ON_AMAZON_LINUX_2 = frozenset({"python3.10", "python3.11"})

_TEXT = '''"""Puts the package of {name} together; written by headstart synth {version}, and yours from here on.

    python build.py

copies the code to build/{and_installs}.
"""

import shutil
{imports}from pathlib import Path

HERE = Path(__file__).resolve().parent
CODE = HERE / {code}
TARGET = HERE / "build"
NOT_SHIPPED = shutil.ignore_patterns(
    "__pycache__", "*.pyc", ".*", "headstart.toml", "headstart-report", "requirements.txt"
)
{constants}

def build() -> Path:
    """The folder that is shipped."""
    shutil.rmtree(TARGET, ignore_errors=True)
    shutil.copytree(CODE, TARGET, ignore=left_out)
{install}    return TARGET


def left_out(folder: str, names: list[str]) -> set[str]:
    """What of a folder is not shipped: this one neither."""
    return {{*NOT_SHIPPED(folder, names), *(name for name in names if Path(folder, name).resolve() == HERE)}}


if __name__ == "__main__":
    build()
'''
_INSTALL = """    uv = [sys.executable, "-m", "uv", "pip", "install", "--target", str(TARGET), "--link-mode", "copy"]
    uv += ["--requirements", str(REQUIREMENTS), *PLATFORM]
    if subprocess.run(uv, cwd=REQUIREMENTS.parent).returncode != 0:
        sys.exit("build.py: uv could not install the packages; what it says is above")
    (TARGET / ".lock").unlink(missing_ok=True)
"""


def render(plan: StackPlan) -> str:
    """The text of build.py."""
    requirements = plan.package.requirements
    constants = ""
    if requirements is not None:
        constants = f"REQUIREMENTS = HERE / {_quoted(requirements)}\nPLATFORM = {_quoted(_platform(plan))}\n"
    return _TEXT.format(
        name=plan.spec.name,
        version=plan.version,
        code=_quoted(plan.package.code),
        constants=constants,
        imports="import subprocess\nimport sys\n" if requirements else "",
        install=_INSTALL if requirements else "",
        and_installs=", and installs beside it what it needs, for Lambda's platform" if requirements else "",
    )


def _platform(plan: StackPlan) -> list[str]:
    """Wheels alone, of Lambda's Python and machine, whatever this one is."""
    glibc = "2014" if plan.spec.runtime in _ON_AMAZON_LINUX_2 else "_2_34"
    version = plan.spec.python_version or limits.PYTHON_RUNTIMES[-1].removeprefix("python")
    platform = f"{_MACHINES[plan.spec.architecture]}-manylinux{glibc}"
    return ["--only-binary", ":all:", "--python-version", version, "--python-platform", platform]


def _quoted(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False)
