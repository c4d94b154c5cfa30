"""An app of the CDK with one stack, and the function of a folder.

The CDK's own validation is off, for it takes seconds; Node reads that when it starts, which importing the CDK makes it.
"""

import os
from pathlib import Path

import pytest

os.environ["CDK_VALIDATION"] = "false"

from headstart.cdk import Architecture, FunctionSettings, TunedFunction, cdk

del os.environ["CDK_VALIDATION"]


@pytest.fixture
def stack(tmp_path: Path) -> cdk.Stack:
    return cdk.Stack(cdk.App(outdir=str(tmp_path / "cdk.out")), "Shop")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The folder of a function."""
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context): ...\n")
    return folder


@pytest.fixture
def settings(code: Path) -> FunctionSettings:
    return FunctionSettings(
        code=code, handler="app.handler", memory_mb=512, timeout_s=30, architecture=Architecture.ARM64
    )


@pytest.fixture
def orders(stack: cdk.Stack, settings: FunctionSettings) -> TunedFunction:
    return TunedFunction(stack, "Orders", settings=settings)
