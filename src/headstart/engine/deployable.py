"""Builds the package that is deployed: for the function's own runtime and architecture, whatever this machine's are."""

import asyncio
from pathlib import Path
from typing import Final

from headstart.engine import interpreters, tree
from headstart.engine import requirements as requirements_files
from headstart.engine.cache import Cache, default
from headstart.engine.install import compile_folder, install
from headstart.model.function import Architecture
from headstart.model.progress import NoProgress

# Amazon Linux 2023, which Lambda's Python has been on since 3.12, has glibc 2.34; Amazon Linux 2 has 2.26.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11-26)
_ON_AMAZON_LINUX_2: Final = frozenset({"python3.10", "python3.11"})
_MACHINES: Final = {Architecture.ARM64: "aarch64", Architecture.X86_64: "x86_64"}


async def build(
    code: Path,
    requirements: Path,
    *,
    runtime: str,
    architecture: Architecture,
    left_out: frozenset[str] = frozenset(),
    cache: Cache | None = None,
) -> Path:
    """A folder in the cache with ``code``, what ``requirements`` lists, and bytecode of all of it.

    Wheels alone are installed, beside projects on this disk, for nothing can be compiled for another machine.
    ``left_out`` are names of files and folders of the code that are not shipped, beside those that never are.

    Raises:
        RuntimeMissingError: this machine has no Python of that version, whose bytecode it would be.
        PackageError: the requirements cannot be read or installed; the message says why.
        RequestError: the cache cannot be written.
    """
    cache, progress = cache or default(), NoProgress()
    interpreter = interpreters.find(runtime)
    left_out = tree.LEFT_OUT | left_out
    read = requirements_files.read(requirements)
    listed = read.files[0]
    built_here = [f"--no-binary={name}" for name in read.projects() if name]
    options = [
        f"--python-platform={_platform(runtime, architecture)}",
        "--only-binary=:all:",
        *built_here,
        *read.options(),
    ]

    async def install_and_compile(into: Path) -> None:
        await install(
            listed,
            into,
            interpreter=interpreter,
            folder=listed.parent,
            progress=progress,
            options=options,
        )
        await asyncio.to_thread(tree.copy, code, into, left_out=left_out)
        await compile_folder(into, interpreter=interpreter, shown_as="/var/task", progress=progress)

    code_digest = await asyncio.to_thread(tree.digest, code, left_out=left_out)
    digests = await asyncio.to_thread(lambda: list(read.digests()))
    key = tree.fingerprint(code_digest, *digests, interpreter.version, *options)
    return await cache.entry("deployable", key, build=install_and_compile)


def _platform(runtime: str, architecture: Architecture) -> str:
    """What uv calls the machine that the function runs on."""
    libc = "manylinux_2_17" if runtime in _ON_AMAZON_LINUX_2 else "manylinux_2_28"
    return f"{_MACHINES[architecture]}-{libc}"
