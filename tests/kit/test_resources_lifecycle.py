"""What happens at SIGTERM and around a snapshot, in processes of their own: in this one they would end the tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from headstart_kit import lifecycle

KIT = Path(__file__).parents[2] / "kit/src"
ON_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "tested"}
BEGINNING = """
import os, signal, sys, time
from headstart_kit import lifecycle
from headstart_kit.resources import resource

def say(text):
    os.write(1, (text + "\\n").encode())
"""


def run(source: str, *, environ: dict[str, str] = ON_LAMBDA) -> tuple[list[str], int]:
    """What a process says until it ends, and how it does."""
    environ = {"PYTHONPATH": str(KIT), "PATH": os.environ["PATH"], **environ}
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + source], env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr == ""
    return done.stdout.split(), done.returncode


def test_at_sigterm_the_last_opened_is_closed_first_and_the_process_ends():
    said, status = run("""
first = resource(lambda: 1, close=lambda value: say("first"))
second = resource(lambda: 2, close=lambda value: say("second"))
unused = resource(lambda: 3, close=lambda value: say("unused"))
first(), second()
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(10)
""")
    assert said == ["second", "first"]
    # Before Python 3.12 it may be the thread beside main that ends it.
    assert status in {-signal.SIGTERM, 128 + signal.SIGTERM}


def test_an_earlier_handler_is_called_after():
    said, status = run("""
def earlier(number, frame):
    say("earlier")
    os._exit(7)
signal.signal(signal.SIGTERM, earlier)
resource(lambda: 1, close=lambda value: say("closed"), eager=True)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(10)
""")
    assert (said, status) == (["closed", "earlier"], 7)


def test_what_ignored_sigterm_lives_on_and_makes_again_what_was_closed():
    said, status = run("""
signal.signal(signal.SIGTERM, signal.SIG_IGN)
value = resource(lambda: 1, close=lambda value: say("closed"), eager=True)
os.kill(os.getpid(), signal.SIGTERM)
until = time.monotonic() + 10
while value.is_made and time.monotonic() < until:
    time.sleep(0.01)
say(str(value()))
""")
    assert (said, status) == (["closed", "1"], 0)


def test_one_that_cannot_be_closed_does_not_keep_the_others_open():
    said, _ = run("""
import logging
logging.basicConfig(stream=sys.stdout, format="%(message)s")
resource(lambda: 1, close=lambda value: say("closed"), eager=True)
lifecycle.at_shutdown(lambda: 1 / 0)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(10)
""")
    assert said[-1] == "closed"
    assert "ZeroDivisionError" in said


def test_a_child_that_gets_sigterm_ends_alone():
    said, status = run("""
value = resource(os.getpid, close=lambda value: say("closed"))
value()
child = os.fork()
if child == 0:
    say("child")
    time.sleep(10)
    os._exit(9)
time.sleep(0.1)
os.kill(child, signal.SIGTERM)
say(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
time.sleep(0.1)
say("parent")
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(10)
""")
    assert said == ["child", str(-signal.SIGTERM), "parent", "closed"]
    assert status != 0


def test_outside_of_lambda_signals_are_left_alone():
    said, _ = run(
        """
resource(lambda: 1, close=lambda value: None, eager=True)
say(str(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL))
""",
        environ={},
    )
    assert said == ["True"]


def test_a_thread_other_than_main_leaves_signals_to_main():
    said, _ = run("""
import threading
def declare():
    resource(lambda: 1, close=lambda value: say("early"), eager=True)
thread = threading.Thread(target=declare)
thread.start()
thread.join()
say(str(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL))
resource(lambda: 1, close=lambda value: say("late"), eager=True)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(10)
""")
    assert said == ["True", "late", "early"]


def test_what_is_open_is_closed_for_a_snapshot_and_made_again_when_that_is_restored():
    said, status = run(
        """
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
def made(name):
    say(f"made-{name}")
    return name
eager = resource(lambda: made("eager"), close=lambda name: say(f"closed-{name}"), eager="auto")
lazy = resource(lambda: made("lazy"), close=lambda name: say(f"closed-{name}"))
data = resource(lambda: made("data"), eager="auto")
lazy()
run_before_snapshot()
say("snapshot")
run_after_restore()
say("restored")
eager(), lazy(), data()
""",
        environ={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", "PYTHONPATH": os.pathsep.join([str(KIT), *sys.path])},
    )
    assert status == 0
    init, snapshot = ["made-eager", "made-data", "made-lazy"], ["closed-lazy", "closed-eager", "snapshot"]
    assert said == [*init, *snapshot, "made-eager", "restored", "made-lazy"]


def test_that_it_cannot_be_made_after_a_restore_is_left_to_the_next_use():
    said, status = run(
        """
import logging
logging.basicConfig(stream=sys.stdout, format="%(message)s")
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
answers = iter([1, None, 2])
def database():
    answer = next(answers)
    if answer is None:
        raise ConnectionError("hunter2")
    return answer
value = resource(database, close=lambda name: None, eager=True)
run_before_snapshot()
run_after_restore()
say(str(value()))
""",
        environ={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", "PYTHONPATH": os.pathsep.join([str(KIT), *sys.path])},
    )
    assert (said, status) == (["database:", "not", "made", "again:", "ConnectionError", "2"], 0)


def test_without_the_hooks_of_snapstart_nothing_is_registered():
    said, _ = run(
        'lifecycle.at_snapshot(lambda: say("before"), after=lambda: say("after"))\nsay("fine")',
        environ={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"},
    )
    # The interpreter of the tests has the package; one without it would say the same.
    assert said == ["fine"]


def test_invocations_are_counted():
    before = lifecycle.invocation_number()
    assert lifecycle.invocation_began() == before + 1 == lifecycle.invocation_number()


@pytest.mark.parametrize(
    ("kind", "ahead"),
    [("on-demand", False), ("provisioned-concurrency", True), ("snap-start", True), ("lambda-managed-instances", True)],
)
def test_where_init_is_ahead_of_requests(kind: str, ahead: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    assert lifecycle.init_is_ahead() is ahead
