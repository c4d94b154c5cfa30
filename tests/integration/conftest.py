"""Runs functions on the real engine."""

import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize

Deploy = Callable[..., Any]


@pytest.fixture
async def engine() -> AsyncIterator[LocalLambda]:
    async with LocalLambda() as engine:
        yield engine


@pytest.fixture
def deploy(engine: LocalLambda, tmp_path: Path) -> Deploy:
    """Write a function's source and deploy it: ``await deploy(source, memory_mb=…, timeout_s=…)``."""

    async def deploy(source: str, *, memory_mb: int = 256, name: str = "app.py", **settings: Any) -> LocalInvoker:
        folder = tmp_path / "function"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(textwrap.dedent(source))
        spec = FunctionSpec(
            name="tested",
            code=folder,
            handler=settings.pop("handler", "app.handler"),
            memory=MemorySize(memory_mb),
            **settings,
        )
        return LocalInvoker(engine, await engine.deploy(spec))

    return deploy
