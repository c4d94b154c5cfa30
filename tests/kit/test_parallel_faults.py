"""A process that dies, results and errors that cannot travel, signals, and what the parent has open."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from kit import parallel_faults
from kit.test_import_budget import KIT, interpreters

from headstart_kit.parallel.mapping import parallel_map
from headstart_kit.parallel.outcomes import FailedItem

MEMORY_SIZE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


@pytest.fixture(autouse=True)
def _two_vcpus(monkeypatch):
    monkeypatch.setenv(MEMORY_SIZE, "3538")


@pytest.mark.slow
@pytest.mark.parametrize(("version", "python"), interpreters().items(), ids=interpreters())
def test_every_fault_gives_the_right_error_on_every_python(version, python):
    program = [python, "-I", "-S", "-W", "error", "-c", PROGRAM.format(kit=str(KIT), tests=str(Path(__file__).parent))]
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=os.environ, timeout=100)
    assert done.stderr == ""
    parallel_faults.check(json.loads(done.stdout))


PROGRAM = """
import sys, threading
sys.path[:0] = [{kit!r}, {tests!r}]
threading.Thread(target=threading.Event().wait, daemon=True).start()
import json, parallel_faults
json.dump(parallel_faults.handler(None, None)["faults"], sys.stdout)
"""


@pytest.mark.parametrize("name", parallel_faults.EXPECTED)
def test_fault(name):
    error, text = parallel_faults.EXPECTED[name]
    told = parallel_faults.FAULTS[name]()
    assert told["raised"] == error
    assert told["text"].startswith(text)
    assert told["kept"] == [[parallel_faults.BAD, error]]
    assert len(told["others"]) == parallel_faults.COUNT - 1


def run(program: str, **settings) -> subprocess.CompletedProcess[str]:
    """Run a program that has the kit."""
    return subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(KIT)!r})\n{program}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **settings,
    )


def test_what_the_parent_has_buffered_is_written_once_and_what_children_print_is_not_lost():
    done = run(
        "from headstart_kit.parallel.mapping import parallel_map\n"
        "print('before', end=' ')\n"
        "parallel_map(lambda x: print(f'{x} ', end=''), range(4), kind='processes')\n"
        "print('after')\n"
    )
    first, *between, last = done.stdout.split()
    assert (first, sorted(between), last) == ("before", ["0", "1", "2", "3"], "after")


def test_children_run_neither_atexit_nor_finalizers_of_the_parent():
    done = run(
        "import atexit, weakref\n"
        "from headstart_kit.parallel.mapping import parallel_map\n"
        "atexit.register(print, 'atexit')\n"
        "class Held: pass\n"
        "held = Held()\n"
        "weakref.finalize(held, print, 'finalizer')\n"
        "cycle = Held(); cycle.itself = cycle; weakref.finalize(cycle, print, 'cycle'); del cycle\n"
        "import gc\n"
        "parallel_map(lambda x: gc.collect(), range(4), kind='processes')\n"
        "print('end')\n"
    )
    assert sorted(done.stdout.split()) == ["atexit", "cycle", "end", "finalizer"]


def test_signals_to_children_do_not_run_the_handlers_of_the_parent(tmp_path):
    def handle(number, frame):
        (tmp_path / f"{os.getpid()}").touch()

    before = signal.signal(signal.SIGTERM, handle)
    try:
        results = parallel_map(
            lambda x: os.kill(os.getpid(), signal.SIGTERM) or time.sleep(60) if x == 3 else x,
            range(6),
            kind="processes",
            on_error="keep",
        )
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [isinstance(result, FailedItem) for result in results] == [x == 3 for x in range(6)]
    assert "SIGTERM" in str(results[3].error)
    assert list(tmp_path.iterdir()) == []


def test_signals_to_children_do_not_wake_the_event_loop_of_the_parent():
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno())
    try:
        parallel_map(lambda _: signal.raise_signal(signal.SIGCHLD), range(4), kind="processes")
    finally:
        signal.set_wakeup_fd(before)
    with pytest.raises(BlockingIOError):
        reader.recv(1)
    reader.close()
    writer.close()


def test_an_interrupt_ends_the_children():
    program = (
        "import os, time\n"
        "from headstart_kit.parallel.mapping import parallel_map\n"
        "def item(x):\n"
        "    os.write(1, f'{os.getpid()}\\n'.encode())\n"
        "    time.sleep(60)\n"
        "try:\n"
        "    parallel_map(item, range(4), kind='processes')\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(KIT)!r})\n{program}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        children = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_children_do_not_go_on_for_a_parent_that_is_gone(tmp_path):
    done = run(
        "import os, signal, sys, time\n"
        "from headstart_kit.parallel.mapping import parallel_map\n"
        "parent = os.getpid()\n"
        "def item(x):\n"
        "    open(os.path.join(sys.argv[1], str(x)), 'w').close()\n"
        "    if x == 3: os.kill(parent, signal.SIGKILL)\n"
        "    time.sleep(0.02)\n"
        "parallel_map(item, range(1000), kind='processes')\n".replace("sys.argv[1]", repr(str(tmp_path)))
    )
    assert done.returncode == -signal.SIGKILL
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) < 20


def test_where_sigchld_is_ignored_nothing_waits_for_ever():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert parallel_map(abs, range(10), kind="processes") == list(range(10))
        results = parallel_map(lambda x: os._exit(1) if x == 3 else x, range(10), kind="processes", on_error="keep")
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert [isinstance(result, FailedItem) for result in results] == [x == 3 for x in range(10)]


def test_it_runs_in_any_thread():
    found: list[list[int]] = []
    thread = threading.Thread(target=lambda: found.append(parallel_map(abs, range(50), kind="processes")))
    thread.start()
    thread.join()
    assert found == [list(range(50))]


def test_threads_of_the_parent_go_on_afterwards():
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(abs, range(100))) == list(range(100))
        assert parallel_map(abs, range(50), kind="processes") == list(range(50))
        assert list(pool.map(abs, range(100))) == list(range(100))


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_a_connection_of_the_parent_is_as_good_as_before(driver, services):
    connect = import_module(driver).connect
    connection = connect(services.environment["DATABASE_URL"])
    cursor = connection.cursor()
    cursor.execute("CREATE TEMPORARY TABLE numbers (n int)")
    parallel_map(lambda x: cursor.execute("SELECT 1") if x < 0 else x, range(20), kind="processes")
    results = parallel_map(lambda x: os._exit(1) if x == 3 else x, range(9), kind="processes", on_error="keep")
    assert sum(isinstance(result, FailedItem) for result in results) == 1
    cursor.execute("INSERT INTO numbers VALUES (7)")
    cursor.execute("SELECT n FROM numbers")
    assert cursor.fetchall() == [(7,)]
    connection.close()


def test_a_frozen_exception_arrives_as_it_was():
    with pytest.raises(FrozenError) as raised:
        parallel_map(raise_frozen, range(3), kind="processes")
    assert raised.value.args == ("cold",)
    assert "raise_frozen" in raised.value.__notes__[0]


class FrozenError(Exception):
    def __setattr__(self, name, value):
        raise AttributeError(name)


def raise_frozen(x):
    raise FrozenError("cold")


def test_where_no_process_can_start_items_run_serially():
    done = run(
        "import resource\n"
        "from headstart_kit.parallel.mapping import parallel_map\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))\n"
        "reports = []\n"
        "print(parallel_map(abs, range(5), kind='processes', report=reports.append), reports[0].kind)\n"
    )
    assert done.stdout == "[0, 1, 2, 3, 4] serial\n"
