"""PostgreSQL is borrowed for one transaction at a time, and always given back clean; against a real server."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from stalling_proxy import StallingProxy

from headstart.services.running import Services
from headstart_kit import deadline, lifecycle, postgresql
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, ResourceError
from headstart_kit.postgresql import Postgres, postgres
from headstart_kit.postgresql_connect import connect, read_target
from headstart_kit.resources import Resource

Open = Callable[..., Postgres]


@pytest.fixture(params=["psycopg2", "psycopg"])
def driver(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def url(services: Services) -> str:
    """Of a database that all tests here share, which is quicker than to make one for each."""
    return services.environment["DATABASE_URL"]


@pytest.fixture
def open_database(url: str, driver: str) -> Iterator[Open]:
    """Make a ``Postgres`` with a driver, and a clock of its own if one is given."""
    opened = []

    def open_database(*, url: str = url, now_s: Callable[[], float] = time.time, **options: float) -> Postgres:
        target = read_target(url, prefix=None)
        connections = Resource(
            lambda: connect(target, timeout_s=3, loaded={driver}),
            check=postgresql.is_quiet,
            close=lambda connection: connection.close(),
            now_s=now_s,
        )
        opened.append(Postgres(connections, **options))
        return opened[-1]

    yield open_database
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Open) -> Postgres:
    database = open_database()
    with database as connection:
        connection.cursor().execute("DROP TABLE IF EXISTS orders")
        connection.cursor().execute("CREATE TABLE orders (id serial PRIMARY KEY, email text NOT NULL UNIQUE)")
    return database


@pytest.fixture
def admin(url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def within_ms() -> Iterator[Callable[[float], None]]:
    """Begin an invocation that has so many ms left."""
    before = deadline.current()
    yield lambda ms: deadline.begin(Deadline(ms, margin_ms=0)) and None
    deadline.begin(before)


def ask(database: Postgres, statement: str) -> object:
    with database as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def transact(database: Postgres, block: Callable[[Any], object]) -> None:
    with database as connection:
        block(connection)


def insert(connection: Any, email: "str | None" = "a@b.co") -> None:
    connection.cursor().execute("INSERT INTO orders (email) VALUES (%s)", [email])


def add(database: Postgres, email: "str | None") -> None:
    with database as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO orders (email) VALUES (%s)", [email])


def backend(database: Postgres) -> int:
    return int(str(ask(database, "SELECT pg_backend_pid()")))


def states(admin: "psycopg.Connection[tuple[object, ...]]") -> list[object]:
    """What the server says of each connection of the kit's."""
    rows = admin.execute("SELECT state FROM pg_stat_activity WHERE application_name = 'headstart-kit'")
    return [state for (state,) in rows]


def test_a_block_is_committed_when_it_ends(database: Postgres, admin):
    add(database, "a@b.co")
    assert admin.execute("SELECT email FROM orders").fetchall() == [("a@b.co",)]
    assert states(admin) == ["idle"]


def test_d43_a_block_that_raises_is_rolled_back_and_leaves_no_open_transaction(database: Postgres, admin):
    def fail(connection: Any) -> None:
        insert(connection)
        raise LookupError("no such user")

    with pytest.raises(LookupError, match="no such user"):
        transact(database, fail)
    assert states(admin) == ["idle"]
    with pytest.raises(Exception, match="null value") as raised:
        add(database, None)
    assert getattr(raised.value, "pgcode", None) or raised.value.sqlstate == "23502"
    assert states(admin) == ["idle"]
    assert ask(database, "SELECT count(*) FROM orders") == 0


def test_an_error_that_was_caught_within_the_block_is_not_taken_for_success(database: Postgres, admin):
    def catch(connection: Any) -> None:
        insert(connection)
        with pytest.raises(Exception, match="null value"):
            insert(connection, None)

    with pytest.raises(ResourceError, match="nothing of the block was kept"):
        transact(database, catch)
    assert ask(database, "SELECT count(*) FROM orders") == 0
    assert states(admin) == ["idle"]


def test_what_the_commit_itself_refuses_is_raised(database: Postgres):
    with database as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders DROP CONSTRAINT orders_email_key")
        cursor.execute("ALTER TABLE orders ADD UNIQUE (email) DEFERRABLE INITIALLY DEFERRED")
    add(database, "a@b.co")
    with pytest.raises(Exception, match="duplicate key"):
        add(database, "a@b.co")
    assert ask(database, "SELECT count(*) FROM orders") == 1


def test_the_same_connection_serves_again_and_again(database: Postgres, admin):
    assert len({backend(database) for _ in range(5)}) == 1
    lifecycle.invocation_began()
    backend(database)
    assert states(admin) == ["idle"]


def test_the_block_alone_commits_and_rolls_back(database: Postgres):
    for end in ("commit", "rollback"):
        with pytest.raises(ResourceError, match="the with block is the transaction"), database as connection:
            getattr(connection, end)()


@pytest.mark.parametrize("leave", ["COMMIT", "ROLLBACK", "DECLARE c CURSOR FOR SELECT generate_series(1, 9)"])
def test_what_the_block_leaves_open_is_ended(leave: str, database: Postgres, admin):
    with database as connection:
        connection.cursor().execute(leave)
    assert states(admin) == ["idle"]
    assert ask(database, "SELECT count(*) FROM pg_cursors") == 0


def test_a_connection_that_is_not_as_it_was_is_not_kept(database: Postgres, admin):
    before = backend(database)
    with database as connection:
        connection.cursor().execute("COMMIT")
        connection.autocommit = False
    assert backend(database) != before
    with pytest.raises(ResourceError, match="connection was lost"):
        transact(database, lambda connection: connection.close())
    assert ask(database, "SELECT 1") == 1
    assert states(admin) == ["idle"]


def test_d44_a_connection_that_died_in_the_freeze_is_replaced_unseen(database: Postgres, admin):
    before = backend(database)
    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    lifecycle.invocation_began()
    add(database, "a@b.co")
    assert backend(database) != before
    assert states(admin) == ["idle"]


def test_one_that_died_since_it_was_checked_is_replaced_too(database: Postgres, admin):
    before = backend(database)
    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    add(database, "a@b.co")
    assert ask(database, "SELECT count(*) FROM orders") == 1


def test_one_that_dies_within_the_block_is_an_error_and_nothing_is_repeated(database: Postgres, admin):
    def die(connection: Any) -> None:
        insert(connection)
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        insert(connection, "c@d.co")

    with pytest.raises(Exception, match="terminat") as raised:
        transact(database, die)
    assert not isinstance(raised.value, ResourceError)
    assert ask(database, "SELECT count(*) FROM orders") == 0


def test_one_that_dies_before_the_commit_is_an_error_too(database: Postgres, admin):
    def die(connection: Any) -> None:
        insert(connection)
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])

    with pytest.raises(Exception, match="terminat"):
        transact(database, die)
    assert ask(database, "SELECT count(*) FROM orders") == 0


def test_d45_threads_take_turns_on_one_connection(database: Postgres, admin):
    def order(number: int) -> None:
        add(database, f"{number}@b.co")

    threads = [threading.Thread(target=order, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ask(database, "SELECT count(*) FROM orders") == 20
    assert states(admin) == ["idle"]


def test_a_thread_waits_for_its_turn_no_longer_than_the_deadline(database: Postgres, within_ms):
    raised: list[Exception] = []

    def wait() -> None:
        try:
            backend(database)
        except ResourceError as error:
            raised.append(error)

    with database:
        within_ms(100)
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(20)
    assert "another thread has the connection" in str(raised[0])


def test_to_borrow_it_twice_is_refused_rather_than_waited_for(database: Postgres):
    with pytest.raises(ResourceError, match="borrowed the connection already"), database:
        backend(database)
    assert ask(database, "SELECT 1") == 1


def test_a_statement_ends_at_the_deadline(database: Postgres, within_ms):
    before = backend(database)
    within_ms(300)
    with pytest.raises(Exception, match="statement timeout"):
        ask(database, "SELECT pg_sleep(30)")
    within_ms(3000)
    assert backend(database) == before


def test_statements_together_end_at_the_deadline(database: Postgres, within_ms):
    def be_slow(connection: Any) -> None:
        time.sleep(0.3)
        connection.cursor().execute("SELECT pg_sleep(30)")

    within_ms(400)
    begun = time.monotonic()
    with pytest.raises(Exception, match=r"transaction timeout|closed the connection"):
        transact(database, be_slow)
    assert time.monotonic() - begun < 20
    within_ms(3000)
    assert ask(database, "SELECT 1") == 1


def test_no_transaction_begins_after_the_deadline(database: Postgres, admin, within_ms):
    within_ms(0)
    with pytest.raises(DeadlineError):
        backend(database)
    within_ms(3000)
    assert ask(database, "SELECT 1") == 1
    assert states(admin) == ["idle"]


@pytest.mark.parametrize(
    ("limit_ms", "left_ms", "expected"),
    [
        (None, float("inf"), "0"),
        (None, 3000, "3s"),
        (500, 3000, "500ms"),
        (500, float("inf"), "500ms"),
        (5000, 3000, "3s"),
        (0, 3000, "0"),
    ],
)
def test_the_limit_of_a_statement(limit_ms, left_ms, expected, open_database: Open, within_ms):
    database = open_database(statement_timeout_ms=limit_ms)
    within_ms(left_ms)
    told = str(ask(database, "SHOW statement_timeout"))
    assert told == expected or (expected == "3s" and told in {f"{ms}ms" for ms in range(2500, 3000)})
    within_ms(float("inf"))
    # It ends with the transaction: a connection of a proxy's is given back as it was.
    assert ask(open_database(statement_timeout_ms=0), "SHOW statement_timeout") == "0"


def test_after_long_idle_one_that_leads_nowhere_is_given_up(open_database: Open, url: str, within_ms):
    port = urlsplit(url).port
    proxy = StallingProxy(port)
    now = [1000.0]
    database = open_database(url=url.replace(f":{port}/", f":{proxy.port}/"), now_s=lambda: now[0])
    before = backend(database)
    proxy.stall()
    now[0] += postgresql.LONG_IDLE_S + 1
    within_ms(600)
    assert backend(database) != before
    proxy.close()


def test_a_forked_process_has_its_own(database: Postgres, admin):
    parent = backend(database)
    with database as connection:
        pid = os.fork()
        if pid == 0:
            try:
                own = backend(database)
                # To leave the parent's block in the child must end nothing of the parent's.
                database.__exit__(None, None, None)
                os._exit(0 if own != parent else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        connection.cursor().execute("INSERT INTO orders (email) VALUES ('a@b.co')")
    assert ask(database, "SELECT count(*) FROM orders") == 1
    assert backend(database) == parent


def test_it_is_declared_from_the_environment(url: str, admin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    database = postgres()
    assert states(admin) == ["idle"], "it connects in init where that delays nobody"
    assert ask(database, "SELECT 1") == 1
    database.close()
