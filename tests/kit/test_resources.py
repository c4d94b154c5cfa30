"""A resource is made once, checked before it is used again, and never shared with a forked process."""

import os
import threading
from collections.abc import Callable

import pytest

from headstart_kit import lifecycle
from headstart_kit.resources import CHECKED_AFTER_IDLE_S, Resource, resource


class Door:
    """Something that can be open, dead or closed."""

    def __init__(self) -> None:
        self.alive = True
        self.closed = False
        self.checks = 0

    def check(self) -> bool:
        self.checks += 1
        return self.alive

    def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def doors(clock: Callable[[], float]) -> Resource[Door]:
    return Resource(Door, check=Door.check, close=Door.close, now_s=clock)


def test_it_is_made_at_first_use_and_once():
    made = []
    value = resource(lambda: made.append("made") or len(made))
    assert made == []
    assert not value.is_made
    assert (value(), value(), value()) == (1, 1, 1)
    assert value.is_made


def test_threads_wait_for_the_one_that_makes_it():
    begun, go_on = threading.Event(), threading.Event()
    made: list[object] = []

    def factory() -> object:
        begun.set()
        assert go_on.wait(10)
        made.append(object())
        return made[-1]

    value = resource(factory)
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(value())) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1
    assert got == made * 8


def test_an_error_is_not_kept():
    answers = iter([ConnectionError("down"), "up"])

    def factory() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    value = resource(factory)
    with pytest.raises(ConnectionError, match="down"):
        value()
    assert value() == "up"


def test_eager_makes_it_in_init(monkeypatch: pytest.MonkeyPatch):
    assert resource(Door, eager=True).is_made
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    assert not resource(Door, eager="auto").is_made
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    assert not resource(Door, eager="auto").is_made
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    assert resource(Door, eager="auto").is_made
    with pytest.raises(ZeroDivisionError):
        resource(lambda: 1 / 0, eager=True)


def test_it_is_a_decorator():
    @resource
    def plain() -> int:
        return 1

    @resource(close=Door.close, check=Door.check)
    def with_options() -> Door:
        return Door()

    assert plain() == 1
    assert isinstance(with_options(), Door)
    assert repr(with_options) == "<Resource with_options: made>"
    assert repr(resource(Door, name="front")) == "<Resource front: not made>"
    assert Resource[int].__origin__ is Resource


def test_it_is_checked_once_in_each_invocation():
    value = doors(Clock())
    lifecycle.invocation_began()
    door = value()
    assert value() is door
    assert door.checks == 0
    for number in range(1, 4):
        lifecycle.invocation_began()
        assert value() is value() is door
        assert door.checks == number


def test_without_the_decorator_idle_time_stands_for_a_freeze():
    clock = Clock()
    value = doors(clock)
    door = value()
    clock.s += CHECKED_AFTER_IDLE_S * 0.9
    assert value() is door
    assert door.checks == 0
    clock.s += CHECKED_AFTER_IDLE_S
    assert value() is door
    assert door.checks == 1
    clock.s -= 3600  # a clock that was set back says nothing
    assert value() is door
    assert door.checks == 2


@pytest.mark.parametrize("broken", [False, True])
def test_a_dead_one_is_closed_and_made_again(broken: bool):
    value = doors(Clock())
    dead = value()
    dead.alive = False
    if broken:
        dead.check = lambda: 1 / 0
    lifecycle.invocation_began()
    again = value()
    assert again is not dead
    assert dead.closed
    assert not again.closed


def test_with_gives_it_and_a_failed_block_has_it_checked():
    value = doors(Clock())
    with value as door:
        assert value() is door
    assert door.checks == 0
    with pytest.raises(ZeroDivisionError), value:
        _ = 1 / 0
    assert value() is door
    assert door.checks == 1


def test_what_was_closed_is_made_again():
    value = doors(Clock())
    door = value()
    value.close()
    value.close()
    assert door.closed
    assert not value.is_made
    assert value() is not door


def test_that_closing_fails_is_logged_without_the_text_of_the_error(caplog: pytest.LogCaptureFixture):
    def close(door: Door) -> None:
        raise ConnectionError("hunter2")

    value = resource(Door, close=close, name="back door")
    door = value()
    value.close()
    assert value() is not door
    assert caplog.messages == ["back door: not closed: ConnectionError"]


def in_child(look: Callable[[], bool]) -> bool:
    """What ``look`` finds in a forked process."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if look() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_forked_process_makes_its_own_and_leaves_the_parents_open(tmp_path):
    closed = tmp_path / "closed"
    value = resource(Door, close=lambda door: closed.touch())
    door = value()

    def look() -> bool:
        before = value.is_made
        value.close()
        return not before and not closed.exists() and value() is not door and value.is_made

    assert in_child(look)
    assert not closed.exists()
    assert value() is door


def test_a_fork_while_it_is_being_made_blocks_nobody():
    begun, go_on = threading.Event(), threading.Event()

    def factory() -> int:
        begun.set()
        go_on.wait(10)
        return os.getpid()

    value = resource(factory, close=lambda _: None)
    thread = threading.Thread(target=value)
    thread.start()
    assert begun.wait(10)

    def look() -> bool:
        go_on.set()
        return value() == os.getpid()

    assert in_child(look)
    go_on.set()
    thread.join(10)
    assert value() == os.getpid()


def test_forked_processes_share_plain_data():
    value = resource(lambda: {"pid": os.getpid()})
    parent = value()
    assert in_child(lambda: value.is_made and value() is parent and value()["pid"] != os.getpid())
