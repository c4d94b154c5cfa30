"""What a package for the function's own machine is built with."""

import asyncio
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from headstart.engine import archive, target, tree
from headstart.engine.install import compile_folder
from headstart.engine.scripts import run_script
from headstart.errors import PackageError
from headstart.model.function import FunctionSpec
from headstart.model.progress import Progress


class TargetTools:
    """Installs, copies and compiles what a function is deployed with; ``built`` are packages that may be built.

    ``left_out`` are names of files and folders of the code that are not shipped, beside those that never are.

    Raises:
        PackageError: the function has no runtime of Python's.
        RuntimeMissingError: this machine has no Python of its version.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        *,
        built: Sequence[str] = (),
        left_out: frozenset[str] = frozenset(),
        progress: Progress,
    ) -> None:
        if spec.python_version is None:
            raise PackageError(f"{spec.runtime} has no Python of its own to bundle for", hint="--runtime python3.13")
        self._spec = spec
        self._built = built
        self._left_out = tree.LEFT_OUT | left_out
        self._progress = progress
        self._target = target.of(spec.runtime, spec.architecture)
        self.requirements = spec.requirements or (target.project_file(spec.code) if spec.code.is_dir() else None)

    async def install(self, into: Path) -> None:
        """Install what the function requires; nothing where it requires nothing."""
        if self.requirements is not None:
            await target.install_for(
                self._target, self.requirements, into=into, built=self._built, progress=self._progress
            )

    async def lay_code(self, into: Path) -> None:
        """Copy the function's own code, or unpack it."""
        stage = f"copying {self._spec.code.name}"
        self._progress.start(stage)
        try:
            await asyncio.to_thread(_lay, self._spec.code, into, left_out=self._left_out)
        finally:
            self._progress.finish(stage)

    async def compile(self, root: Path, *, shown_as: str, beside: bool) -> None:
        """Write bytecode for every module."""
        await compile_folder(
            root, interpreter=self._target.interpreter, shown_as=shown_as, progress=self._progress, beside=beside
        )

    async def run(self, script: Path, *, request: bytes, stage: str) -> bytes:
        """Run a script of ours by the function's Python, and return what it answers."""
        return await run_script(
            script, interpreter=self._target.interpreter, request=request, stage=stage, progress=self._progress
        )

    def layers_bytes(self) -> int:
        """The bytes of the function's layers, unzipped."""
        return sum(map(_unzipped_bytes, self._spec.layers))

    def key(self) -> str:
        """The same as long as the same would be built."""
        required = target.digests(self.requirements) if self.requirements else []
        machine = (str(self._target), self._target.interpreter.version, *self._built)
        return tree.fingerprint(tree.digest(self._spec.code, left_out=self._left_out), *required, *machine)


def _lay(code: Path, into: Path, *, left_out: frozenset[str]) -> None:
    if code.is_dir():
        tree.copy(code, into, left_out=left_out)
        return
    with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
        archive.unpack(code, Path(folder))
        tree.copy(Path(folder), into, left_out=left_out)


def _unzipped_bytes(layer: Path) -> int:
    if layer.is_dir():
        return tree.weigh(layer, left_out=frozenset())[0]
    try:
        with zipfile.ZipFile(layer) as file:
            return sum(member.file_size for member in file.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise PackageError(f"layer {layer} cannot be read: {error}", hint="needed: a folder or a .zip") from error
