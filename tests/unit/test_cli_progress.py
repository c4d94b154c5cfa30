"""Progress on a terminal and off it."""

import io
import threading

import pytest
from rich.console import Console

from headstart.cli import progress
from headstart.cli.progress import Lines, TerminalProgress
from headstart.testing import ManualClock

SHOW_CURSOR = "\x1b[?25h"


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def shown(screen, clock):
    console = Console(file=screen, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    return TerminalProgress(console, clock.ticks_ns)


def test_a_stage_is_redrawn_at_most_ten_times_a_second(shown, screen, clock):
    shown.start("cold starts", 20)
    drawn = len(screen.getvalue())
    clock.advance(0.09)
    shown.advance("cold starts")
    assert len(screen.getvalue()) == drawn
    clock.advance(0.01)
    shown.advance("cold starts")
    assert " 2/20" in screen.getvalue()[drawn:]


def test_nothing_is_drawn_behind_the_measurements(shown):
    before = threading.active_count()
    shown.start("cold starts", 20)
    assert threading.active_count() == before
    shown.finish("cold starts")


def test_stages_may_overlap_and_the_terminal_is_given_back_after_the_last(shown, screen):
    shown.start("resolving")
    shown.start("installing", 2)
    shown.finish("resolving")
    assert SHOW_CURSOR not in screen.getvalue()
    shown.finish("installing")
    assert SHOW_CURSOR in screen.getvalue()
    shown.start("memory")
    assert "memory" in screen.getvalue()
    shown.finish("memory")


def test_off_a_terminal_each_stage_is_a_line(clock):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    plain = progress.to(stream, ticks_ns=clock.ticks_ns)
    assert isinstance(plain, Lines)
    plain.start("cold starts", 20)
    plain.advance("cold starts")
    plain.finish("cold starts")
    plain.start("resolving")
    assert stream.buffer.getvalue().decode() == "headstart: cold starts (20) …\nheadstart: resolving …\n"
