"""The module of a bundle that does in init what first invocations would do else.

The handler's module imports it, by a statement appended to its bytecode: nobody's source is changed.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

from headstart.model.preloading import Step, UseKind

MODULE: Final = "_headstart_preload"
_TEMPLATE: Final = Path(__file__).parents[1] / "guest" / f"{MODULE}.py"
_CODECS: Final = "encodings."
# What re keeps for later: the smaller of its two caches, from Python 3.12 on.
_PATTERNS_MAX: Final = 256


class Compiles(Protocol):
    """What the module is compiled with."""

    async def compile(self, root: Path, *, shown_as: str, beside: bool) -> None:
        """Write bytecode for every module; ``beside`` each, where it is found without its source."""
        ...


async def lay(root: Path, steps: Sequence[Step], *, tools: Compiles, shown_as: str, beside: bool) -> None:
    """Put the module that does ``steps`` into a package that is compiled already, with its bytecode."""
    with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
        (Path(folder) / f"{MODULE}.py").write_text(text(steps))
        await tools.compile(Path(folder), shown_as=shown_as, beside=beside)
        await asyncio.to_thread(shutil.copytree, folder, root, dirs_exist_ok=True)


def text(steps: Sequence[Step]) -> str:
    """The source of the module that does ``steps``, the same for the same steps."""
    expressions = [step.expression for step in steps if step.expression is not None][:_PATTERNS_MAX]
    spelled = [
        (each.pattern.encode("latin-1") if each.is_bytes else each.pattern, each.flags)
        for each in expressions
        if not each.module
    ]
    named = [(each.module, each.attribute, each.flags) for each in expressions if each.module]
    call = (
        f"preload(\n    {_tuple(_names(steps, UseKind.MODULE))},\n"
        f"    encodings={_tuple(name.removeprefix(_CODECS) for name in _names(steps, UseKind.CODEC))},\n"
        f"    patterns={_tuple(spelled)},\n    named_patterns={_tuple(named)},\n)\n"
    )
    return f"{_TEMPLATE.read_text()}\n\n{call}"


def handler_file(root: Path, handler: str) -> str | None:
    """The file of the module that ``handler`` names, relative to ``root``; None where it is none of the package's."""
    name = handler.rpartition(".")[0].replace(".", "/")
    return next((path for path in (f"{name}.py", f"{name}/__init__.py") if (root / path).is_file()), None)


def _names(steps: Sequence[Step], kind: UseKind) -> list[str]:
    return [step.name for step in steps if step.kind is kind]


def _tuple(values: Iterable[object]) -> str:
    """As Python writes it, a value on each line."""
    lines = "".join(f"        {value!r},\n" for value in values)
    return f"(\n{lines}    )" if lines else "()"
