"""The module that preloads: run as it is written into a bundle."""

import asyncio
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from headstart.model.placement import Place, Score, Scores
from headstart.model.preloading import Expression, Step, UseKind
from headstart.optimize.placement import preload

FILE = f"{preload.MODULE}.py"
_NOTHING = Score(p50_ms=0.0, p99_ms=0.0, mean_ms=0.0, error_ms=0.0, usd_month=Decimal(0))

APP = """
import codecs, contextlib, json, os, re, sys  # as the runtime client does
started = set(sys.modules)
WORDS = "some|words"
__import__("_headstart_preload")
compiled = []
compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
compile = compiler.compile
compiler.compile = lambda pattern, flags=0: compiled.append(str(pattern)) or compile(pattern, flags)
for pattern, flags in (("spelled", 2), (b"bytes", 0), (WORDS, 0), ("never seen", 0)):
    re.compile(pattern, flags)
loaded = [name for name in sys.modules if name not in started]
print(json.dumps({"loaded": loaded, "compiled": compiled}))
"""


def step(kind: UseKind, name: str, expression: Expression | None = None) -> Step:
    return Step(
        kind=kind,
        name=name,
        names=(name,),
        place=Place.INIT,
        why="",
        ms=1.0,
        needed_ratio=1.0,
        scores=Scores(_NOTHING, _NOTHING),
        expression=expression,
    )


STEPS = (
    step(UseKind.MODULE, "broken"),
    step(UseKind.MODULE, "leaves"),
    step(UseKind.MODULE, "gone"),
    step(UseKind.MODULE, "package.inner"),
    step(UseKind.CODEC, "encodings.cp437"),
    step(UseKind.EXPRESSION, "(", Expression(pattern="(")),
    step(UseKind.EXPRESSION, "spelled", Expression(pattern="spelled", flags=2)),
    step(UseKind.EXPRESSION, "bytes", Expression(pattern="bytes", is_bytes=True)),
    step(UseKind.EXPRESSION, "gone.WORDS", Expression(module="gone", attribute="WORDS")),
    step(UseKind.EXPRESSION, "__main__.WORDS", Expression(module="__main__", attribute="WORDS")),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    files = {
        "app.py": APP,
        "broken.py": "raise RuntimeError",
        "leaves.py": "raise SystemExit(3)",
        "package/__init__.py": "",
        "package/inner.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / FILE).write_text(preload.text(STEPS))
    return tmp_path


def run(root: Path, **variables: str) -> dict[str, list[str]]:
    command = [sys.executable, "-S", "-B", str(root / "app.py")]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_everything_is_done_that_can_be_and_what_fails_is_left(root: Path) -> None:
    found = run(root)

    assert found["compiled"] == ["never seen"]
    assert [name for name in found["loaded"] if not name.startswith("_")] == [
        "package",
        "package.inner",
        "encodings.cp437",
    ]


def test_it_does_nothing_where_deferral_is_off(root: Path) -> None:
    found = run(root, HEADSTART_DEFERRAL="off")

    assert found["compiled"] == ["spelled", "b'bytes'", "some|words", "never seen"]
    assert found["loaded"] == ["_headstart_preload"]


def test_it_loads_nothing_else(root: Path) -> None:
    (root / FILE).write_text(preload.text(()))

    assert run(root)["loaded"] == ["_headstart_preload"]


def test_it_is_laid_with_its_bytecode_beside_what_is_there(tmp_path: Path) -> None:
    class Compiler:
        async def compile(self, root: Path, *, shown_as: str, beside: bool) -> None:
            (root / "__pycache__").mkdir()
            (root / "__pycache__" / f"{preload.MODULE}.pyc").write_text(f"{shown_as} {beside}")

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_text("rewritten")

    asyncio.run(preload.lay(tmp_path, STEPS, tools=Compiler(), shown_as="/var/task", beside=True))

    found = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {FILE: preload.text(STEPS), f"{preload.MODULE}.pyc": "/var/task True", "app.pyc": "rewritten"}


def test_no_more_patterns_than_re_keeps() -> None:
    many = [step(UseKind.EXPRESSION, str(number), Expression(pattern=f"<{number}>")) for number in range(300)]

    assert "'<255>'" in preload.text(many)
    assert "'<256>'" not in preload.text(many)


@pytest.mark.parametrize(
    ("handler", "file"),
    [
        ("app.handler", "app.py"),
        ("package.handler", "package/__init__.py"),
        ("package.inner.handler", "package/inner.py"),
        ("package/inner.handler", "package/inner.py"),
        ("gone.handler", None),
    ],
)
def test_the_file_of_the_handlers_module(root: Path, handler: str, file: str | None) -> None:
    assert preload.handler_file(root, handler) == file
