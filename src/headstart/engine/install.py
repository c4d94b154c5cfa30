"""Installs packages with uv for a given interpreter, and compiles folders to bytecode."""

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path

import uv

from headstart.engine.interpreters import Interpreter
from headstart.engine.scripts import environment
from headstart.errors import PackageError
from headstart.model.progress import Progress

_REASON_LINES = 6
_RESOLVED = re.compile(r"Resolved (\d+) packages?")
_PREPARED = re.compile(r"Prepared \d+ packages?")
_FRAME = re.compile(r"^[\s×╰│├─▶]+")
_HINTS = (
    (
        re.compile(r"failed to (fetch|download)|error sending request|dns error|timed out|connect", re.IGNORECASE),
        "check the network; behind a proxy or mirror, set HTTPS_PROXY or UV_DEFAULT_INDEX",
    ),
    (
        re.compile(r"no (matching )?wheel|no `?binary|failed to build|no solution found.*wheels", re.IGNORECASE),
        "pin a version that has a wheel for this Python and machine, or choose another --runtime",
    ),
)
# Before Python 3.11, bytecode depends on the seed of hashes and on what the same process compiled before it.
_ONE_BY_ONE = """
import compileall, os, py_compile, sys
root, shown_as, beside = sys.argv[1:]
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for folder, _, names in os.walk(root):
    for name in names:
        child = os.fork()
        if not child:
            compileall.compile_file(os.path.join(folder, name), force=True, quiet=2, invalidation_mode=mode,
                                    stripdir=root, prependdir=shown_as, legacy=beside == "1")
            os._exit(0)
        os.waitpid(child, 0)
"""
_FALLBACK_HINT = "correct the file, then try it alone: uv pip compile {requirements}"


async def install(
    requirements: Path,
    target: Path,
    *,
    interpreter: Interpreter,
    folder: Path,
    progress: Progress,
    options: Sequence[str] = (),
) -> None:
    """Install ``requirements`` into ``target`` without bytecode. uv runs in ``folder``, whose settings it reads.

    Raises:
        PackageError: uv could not; the message has its reason.
    """
    command = [uv.find_uv_bin(), "pip", "install", "--target", str(target), "--python", str(interpreter.executable)]
    command += ["--requirements", str(requirements), "--color", "never", "--no-progress", "--link-mode", "copy"]
    status, said = await _run([*command, *options], folder=folder, progress=progress, what=requirements.name)
    if status != 0:
        why = reason(said)
        raise PackageError(
            f"{requirements} cannot be installed for {interpreter.runtime}:\n{why}", hint=_hint(why, requirements)
        )
    (target / ".lock").unlink(missing_ok=True)


def reason(said: str) -> str:
    """uv's own reason in a few lines, without its frame and its warnings."""
    lines = [_FRAME.sub("", line).rstrip() for line in said.splitlines()]
    told = [
        line
        for line in lines
        if line and not line.startswith(("warning:", "Using ", "Resolved ", "Prepared ", "Building "))
    ]
    return "\n".join(f"  {line}" for line in told[:_REASON_LINES])


def _hint(why: str, requirements: Path) -> str:
    found = (hint for pattern, hint in _HINTS if pattern.search(why))
    return next(found, _FALLBACK_HINT.format(requirements=requirements))


async def _run(command: Sequence[str], *, folder: Path, progress: Progress, what: str) -> tuple[int, str]:
    stage, said = f"resolving {what}", []
    progress.start(stage)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async for line in process.stderr:
            said.append(line.decode(errors="replace").rstrip("\n"))
            following = _stage_after(said[-1])
            if following:
                progress.finish(stage)
                stage = following
                progress.start(stage)
        return await process.wait(), "\n".join(said)
    finally:
        progress.finish(stage)
        await _end(process)


def _stage_after(line: str) -> str | None:
    if resolved := _RESOLVED.search(line):
        return f"downloading {resolved[1]} packages"
    return "installing packages" if _PREPARED.search(line) else None


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def compile_folder(
    root: Path, *, interpreter: Interpreter, shown_as: str, progress: Progress, beside: bool = False
) -> None:
    """Write unchecked-hash bytecode for every module under ``root``; files that do not compile get none.

    ``shown_as`` is where the folder stands on Lambda (``/var/task``), as tracebacks name it. ``beside`` puts the
    bytecode where it is found without its source. The same source and Python give the same bytes.
    """
    command = _compile_command(interpreter, root, shown_as=shown_as, beside=beside)
    stage = f"compiling {shown_as}"
    progress.start(stage)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await process.wait()
    finally:
        progress.finish(stage)
        await _end(process)


def _compile_command(interpreter: Interpreter, root: Path, *, shown_as: str, beside: bool) -> list[str]:
    root = root.resolve()
    if interpreter.runtime == "python3.10":
        return [str(interpreter.executable), "-S", "-s", "-c", _ONE_BY_ONE, str(root), shown_as, str(int(beside))]
    command = [str(interpreter.executable), "-I", "-m", "compileall", "-qq", "-j", "0", "-f"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", shown_as]
    return [*command, *(["-b"] if beside else []), str(root)]
