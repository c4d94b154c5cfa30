"""Runs scripts of ours by another Python than the one that runs us."""

import asyncio
import os
from pathlib import Path

from headstart.engine.interpreters import Interpreter
from headstart.errors import LabError
from headstart.model.progress import Progress


def environment() -> dict[str, str]:
    """The environment of a Python that is to do the same wherever it runs."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return own | {"PYTHONHASHSEED": "0"}


async def run_script(
    script: Path, *, interpreter: Interpreter, request: bytes, stage: str, progress: Progress
) -> bytes:
    """Run ``script`` with ``request`` on its standard input, and return what it wrote on its standard output.

    It finds the modules beside it and the standard library, and nothing else.

    Raises:
        LabError: the script failed.
    """
    progress.start(stage)
    process = await asyncio.create_subprocess_exec(
        *(str(interpreter.executable), "-S", "-s", "-B", str(script)),
        cwd="/",
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        answer, said = await process.communicate(request)
    finally:
        progress.finish(stage)
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise LabError(f"{script.name} failed: {said.decode(errors='replace').strip()[-2000:]}")
    return answer
