"""The rules themselves: each finds what it is there to find, and leaves good code alone."""

from collections.abc import Callable, Iterator

import pytest
from architecture import rules
from architecture.rules import Module

Rule = Callable[[Module], Iterator[str]]

GOOD = """
import time
from enum import StrEnum
from random import Random
from typing import Protocol

import msgspec

from headstart.model.function import MemorySize


class Colour(StrEnum):
    RED = "red"


class Point(msgspec.Struct, frozen=True):
    x: int


class OddError(ValueError):
    pass


class Shaped(Protocol[int]):
    def draw(self, first: int, second: int, *, third: int) -> None: ...


def wait_under(task_root: str, monkeypatch, *, chance: Random = Random(1)) -> None:
    time.sleep(chance.random())
    monkeypatch.setenv("A", task_root)
    monkeypatch.chdir("/")
    if isinstance(task_root, str):
        asyncio.create_task(task_root)
"""

BAD: list[tuple[Rule, str]] = [
    (rules.long_modules, "x = 1\n" * 401),
    (rules.long_functions, "def f():\n" + "    x = 1\n" * 41),
    (rules.long_functions, "async def f():\n    def g():\n" + "        x = 1\n" * 40),
    (rules.complex_functions, "def f(x):\n" + "    if x: pass\n" * 10),
    (rules.complex_functions, "def f(x):\n    try: pass\n" + "    except E: pass\n" * 10),
    (rules.wide_signatures, "def f(a, b, c): pass"),
    (rules.wide_signatures, "class C:\n    def f(self, a, b, c): pass"),
    (rules.wide_signatures, "def f(a, b, *, c, d, e, f, g): pass"),
    (rules.inheritance, "class A(dict): pass"),
    (rules.inheritance, "class A(Animal[int]): pass"),
    (rules.clock_and_chance, "import time\ntime.monotonic()"),
    (rules.clock_and_chance, "from time import perf_counter_ns as now\nnow()"),
    (rules.clock_and_chance, "import datetime\ndatetime.datetime.now()"),
    (rules.clock_and_chance, "from datetime import datetime as d, UTC\nd.now(UTC)"),
    (rules.clock_and_chance, "import random\nrandom.shuffle(x)"),
    (rules.clock_and_chance, "from random import Random\nRandom()"),
    (rules.clock_and_chance, "from secrets import token_hex as t\nt()"),
    (rules.clock_and_chance, "from uuid import uuid4\nf = uuid4"),
    (rules.patching, "from unittest import mock"),
    (rules.patching, "from unittest.mock import patch"),
    (rules.patching, "def test(monkeypatch): monkeypatch.setattr(a, 'b', 1)"),
    (rules.patching, "def test(monkeypatch): arrange(monkeypatch)"),
    (rules.patching, "def test(mocker): mocker.patch('a')"),
    (rules.strange_words, "class WorkerPool: pass"),
    (rules.strange_words, "class VMState: pass"),
    (rules.strange_words, "class LogManager: pass"),
    (rules.strange_words, "def run_jobs(): pass"),
    (rules.strange_words, "def f(instance): pass"),
    (rules.strange_words, "x.task = 1"),
    (rules.root_imports, "from headstart import errors"),
    (rules.root_imports, "import headstart"),
    (rules.imports_of_programs, "from headstart.engine.guest import probe"),
    (rules.imports_of_programs, "from headstart.engine import guest"),
]


@pytest.mark.parametrize(("rule", "source"), BAD)
def test_a_rule_finds_what_it_is_there_to_find(rule: Rule, source: str):
    found = list(rule(Module("bad.py", source)))
    assert len(found) == 1
    assert found[0].startswith("bad.py:")


@pytest.mark.parametrize("rule", {rule for rule, _ in BAD}, ids=lambda rule: rule.__name__)
def test_a_rule_leaves_good_code_alone(rule: Rule):
    assert list(rule(Module("good.py", GOOD))) == []


def test_module_names_are_words_too():
    assert list(rules.strange_words(Module("src/headstart/utils.py", "")))


def test_a_program_apart_has_the_standard_library_and_its_siblings():
    source = (
        "import json\nimport probe\nfrom awslambdaric import bootstrap\nimport psutil\nfrom headstart import errors"
    )
    found = list(rules.foreign_imports(Module("program.py", source), siblings={"probe"}))
    assert [text.split()[1] for text in found] == ["psutil", "headstart.errors"]


def test_a_cycle_is_found():
    assert set(rules.first_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
    assert rules.first_cycle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_lines_are_found_with_their_place():
    assert rules.lines_matching("b+", {"one": "a\nabb\n", "two": "c"}) == ["one:2: bb"]
