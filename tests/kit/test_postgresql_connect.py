"""Where PostgreSQL is, how it is reached, and what is said when it is not."""

import socket
import time
from collections.abc import Iterator

import pytest

from headstart.services.running import Services
from headstart_kit import deadline
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, ResourceError, SettingError
from headstart_kit.postgresql import postgres
from headstart_kit.postgresql_connect import connect, find_driver, read_target

DRIVERS = pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])


def revealed(url: "str | None" = None, *, prefix: "str | None" = None, environ: dict[str, str]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in read_target(url, prefix=prefix, environ=environ).items()}


@pytest.fixture
def url(services: Services) -> str:
    return services.environment["DATABASE_URL"]


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_url_goes_before_variables():
    variables = {"PGHOST": "h", "PGDATABASE": "d", "PGUSER": "u"}
    assert revealed(environ=variables | {"DATABASE_URL": "postgres://a/b"}) == {"dsn": "postgresql://a/b"}
    assert revealed("postgresql+psycopg2://c/d", environ=variables) == {"dsn": "postgresql://c/d"}
    assert revealed(environ=variables) == {"host": "h", "dbname": "d", "user": "u"}


def test_a_prefix_names_other_variables():
    variables = {"DB_HOST": "h", "DB_PORT": "6432", "DB_NAME": "orders", "DB_USER": "u", "DB_PASSWORD": "hunter2"}
    expected = {"host": "h", "port": "6432", "dbname": "orders", "user": "u", "password": "hunter2"}
    assert revealed(prefix="DB_", environ=variables) == expected
    assert revealed(prefix="DB_", environ={"DB_URL": "postgresql://a/b"}) == {"dsn": "postgresql://a/b"}
    assert "hunter2" not in repr(read_target(None, prefix="DB_", environ=variables))


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, r"^PGHOST, PGDATABASE, PGUSER missing: set DATABASE_URL, or PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWO"),
        ({"PGHOST": "h", "PGUSER": "u"}, r"^PGDATABASE missing: "),
        ({"DATABASE_URL": "mysql://u:hunter2@h/d"}, r"^DATABASE_URL is not like postgresql://user:password@host:port"),
        ({"PGHOST": "h", "PGUSER": "u", "PGDATABASE": "d", "PGPORT": "x"}, r"^PGPORT is 'x'; allowed: a port"),
    ],
)
def test_d10_what_is_missing_or_wrong_is_named_in_init(environ: dict[str, str], message: str):
    with pytest.raises(SettingError, match=message) as raised:
        read_target(None, prefix=None, environ=environ)
    assert "hunter2" not in str(raised.value)


def test_it_is_read_where_it_is_declared(monkeypatch: pytest.MonkeyPatch):
    for name in ("ORDERS_URL", "ORDERS_HOST"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingError, match="ORDERS_HOST"):
        postgres(prefix="ORDERS_")


def test_the_driver_that_is_loaded_is_used_else_the_quick_one():
    assert find_driver(set())[0] == "psycopg2"
    assert find_driver({"psycopg"})[0] == "psycopg"
    assert find_driver({"psycopg", "psycopg2"})[0] == "psycopg2"


@DRIVERS
def test_tls_is_required_but_on_loopback(driver: str, url: str):
    connect({"dsn": read_target(url, prefix=None)["dsn"]}, timeout_s=3, loaded={driver}).close()
    plain = url.replace("?sslmode=disable", "")
    connect(read_target(plain, prefix=None), timeout_s=3, loaded={driver}).close()
    elsewhere = read_target(plain.replace("127.0.0.1", "0.0.0.0"), prefix=None)
    with pytest.raises(ResourceError, match=r"SSL.*; without TLS, say so: \?sslmode=disable$"):
        connect(elsewhere, timeout_s=3, loaded={driver})


@DRIVERS
def test_the_server_is_told_which_function_it_is(driver: str, url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    connection = connect(read_target(url, prefix=None), timeout_s=3, loaded={driver})
    with connection.cursor() as cursor:
        cursor.execute("SHOW application_name")
        assert cursor.fetchone() == ("orders",)
    connection.close()


@DRIVERS
def test_the_password_is_asked_for_each_connection_and_never_told(driver: str, url: str):
    wrong = url.replace(":loopback-only@", ":hunter2@")
    with pytest.raises(ResourceError, match="password authentication failed") as raised:
        connect(read_target(wrong, prefix=None), timeout_s=3, loaded={driver})
    assert "hunter2" not in str(raised.value)
    tokens = iter(["loopback-only"])
    connect(read_target(wrong, prefix=None), timeout_s=3, loaded={driver}, password=lambda: next(tokens)).close()


@DRIVERS
def test_a_url_that_cannot_be_read_is_not_quoted(driver: str):
    with pytest.raises(SettingError, match="%40") as raised:
        read_target("postgresql://u:hun@ter2@127.0.0.1/d", prefix=None)
    assert "ter2" not in str(raised.value)
    with pytest.raises(ResourceError, match=r"^the URL of PostgreSQL is not like postgresql://") as refused:
        connect(read_target("postgresql://u:hun%zzter2@127.0.0.1/d", prefix=None), timeout_s=3, loaded={driver})
    assert "ter2" not in str(refused.value)
    assert refused.value.__suppress_context__


@DRIVERS
def test_one_that_refuses_is_named_with_the_reason(driver: str):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ResourceError, match=rf"^PostgreSQL at 127.0.0.1:{port}: connection .*refused"):
        connect(read_target(f"postgresql://u:p@127.0.0.1:{port}/d", prefix=None), timeout_s=3, loaded={driver})


@DRIVERS
def test_one_that_never_answers_is_given_up_in_time_for_the_deadline(driver: str, black_hole: str):
    target = read_target(f"postgresql://u:p@{black_hole}/d", prefix=None)
    before = deadline.begin(Deadline(300, margin_ms=0))
    begun = time.monotonic()
    try:
        with pytest.raises(ResourceError, match=r"did not answer within 0\.\d+ s"):
            connect(target, timeout_s=3, loaded={driver})
        assert deadline.current().remaining_ms == 0
        with pytest.raises(DeadlineError):
            connect(target, timeout_s=3, loaded={driver})
    finally:
        deadline.begin(before)
    assert time.monotonic() - begun < 20
