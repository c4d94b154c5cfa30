"""A connection to PostgreSQL: where to, with which driver, and no later than the invocation allows."""

from __future__ import annotations

import os
import sys
import threading

from headstart_kit import deadline
from headstart_kit.errors import ResourceError, SettingError
from headstart_kit.settings import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import Any

_SCHEMES = ("postgresql", "postgres")
_LIKE = "postgresql://user:password@host:port/database"
_LIBPQ_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
}
_NEEDED = ("host", "dbname", "user")
# A network that falls silent is noticed after about 4 s in a statement, and after 2 s when something is sent.
_NOTICE_SILENCE = {"keepalives_idle": 2, "keepalives_interval": 1}
_SILENCE_MS = 2000
_KNOWS_USER_TIMEOUT = 120_000  # libpq 12
_LIBPQ_TIMEOUT_S_MIN = 2


def read_target(url: str | None, *, prefix: str | None, environ: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Where to connect, and as whom: ``{"dsn": …}`` for a URL, else libpq's parameters.

    Raises:
        SettingError: neither a URL nor host, database and user are set, or one of them is wrong.
    """
    url_variable = "DATABASE_URL" if prefix is None else f"{prefix}URL"
    if url is None:
        url = environ.get(url_variable)
    if url:
        scheme, _, rest = url.partition("://")
        # SQLAlchemy's may be postgresql+psycopg; what follows a second @ would be told as the host's name.
        if scheme.partition("+")[0] not in _SCHEMES or rest.partition("/")[0].count("@") > 1:
            raise SettingError(f"{url_variable} is not like {_LIKE}, with any @ : / ? # % in a password as %40 …")
        return {"dsn": Secret(f"postgresql://{rest}")}
    variables = _LIBPQ_VARIABLES if prefix is None else _with_prefix(prefix)
    found = {parameter: environ[name] for parameter, name in variables.items() if environ.get(name)}
    missing = [variables[parameter] for parameter in _NEEDED if parameter not in found]
    if missing:
        raise SettingError(f"{', '.join(missing)} missing: set {url_variable}, or {', '.join(variables.values())}")
    if not found.get("port", "5432").isdigit():
        raise SettingError(f"{variables['port']} is {found['port']!r}; allowed: a port, 1 to 65535")
    return {parameter: Secret(text) for parameter, text in found.items()}


def _with_prefix(prefix: str) -> dict[str, str]:
    return {
        "host": f"{prefix}HOST",
        "port": f"{prefix}PORT",
        "dbname": f"{prefix}NAME",
        "user": f"{prefix}USER",
        "password": f"{prefix}PASSWORD",
    }


def connect(
    target: dict[str, Secret],
    *,
    timeout_s: float,
    password: Callable[[], str] | None = None,
    loaded: Container[str] = sys.modules,
) -> Any:
    """A new connection that begins no transaction by itself, after ``timeout_s`` seconds at most and in time for the
    deadline. ``loaded`` are the modules that are there already.

    Raises:
        ResourceError: it cannot be reached, does not answer in time or refuses; no secret is in the message.
        DeadlineError: there is no time left.
    """
    name, driver = find_driver(loaded)
    parse, open_ = _DRIVERS[name]
    timeout_s = deadline.current().timeout_s(timeout_s)
    version = driver.extensions.libpq_version if hasattr(driver, "extensions") else driver.pq.version
    parameters = complete(target, lambda url: parse(driver, url), libpq=version(), timeout_s=timeout_s)
    if password is not None:
        parameters["password"] = password()
    try:
        return _call_within(timeout_s, lambda: open_(driver, parameters))
    except TimeoutError:
        raise ResourceError(f"{_place(parameters)} did not answer within {timeout_s:.2f} s") from None
    except driver.Error as error:
        raise refusal(parameters, error) from None


def find_driver(loaded: Container[str]) -> tuple[str, Any]:
    """The driver in the package, by name: the one that is loaded already, else psycopg2, which loads in a tenth of the
    time that psycopg needs.

    Raises:
        ResourceError: there is none.
    """
    import importlib

    problems = []
    for name in sorted(_DRIVERS, key=lambda name: name not in loaded):
        try:
            return name, importlib.import_module(name)
        except ImportError as error:
            problems.append(str(error))
    raise ResourceError(f"no driver for PostgreSQL: add psycopg2-binary to the package ({'; '.join(problems)})")


def complete(
    target: dict[str, Secret], parse: Callable[[str], dict[str, Any]], *, libpq: int, timeout_s: float
) -> dict[str, Any]:
    """libpq's parameters for a target of ``read_target``; what is given goes before what is usual here. ``parse`` takes
    a URL apart, ``libpq`` is its version.

    Raises:
        ResourceError: the URL cannot be read.
    """
    given: dict[str, Any] = {parameter: secret.reveal() for parameter, secret in target.items()}
    try:
        given = parse(given["dsn"]) if "dsn" in given else given
    except Exception:
        # Without the driver's own text, which quotes the part that it does not understand.
        raise ResourceError(f"the URL of PostgreSQL is not like {_LIKE}") from None
    usual: dict[str, Any] = {
        "application_name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "headstart-kit"),
        # It only ends what was given up: libpq knows no less than 2 s.
        "connect_timeout": max(_LIBPQ_TIMEOUT_S_MIN, int(timeout_s) + 1),
        **_NOTICE_SILENCE,
    }
    if "PGSSLMODE" not in os.environ:
        usual["sslmode"] = "disable" if _is_loopback(given.get("host", "")) else "require"
    if libpq >= _KNOWS_USER_TIMEOUT:
        usual["tcp_user_timeout"] = _SILENCE_MS
    return usual | given


def refusal(parameters: dict[str, Any], error: Exception) -> ResourceError:
    """What to raise for a driver's error in connecting; no secret is in its message."""
    text = " ".join(str(error).split())
    if parameters.get("password"):
        text = text.replace(str(parameters["password"]), "…")
    hint = "; without TLS, say so: ?sslmode=disable" if "SSL" in text and parameters.get("sslmode") == "require" else ""
    return ResourceError(f"{_place(parameters)}: {text}{hint}")


def _is_loopback(hosts: str) -> bool:
    return all(host in {"", "localhost", "::1"} or host.startswith(("127.", "/")) for host in hosts.split(","))


def _place(parameters: dict[str, Any]) -> str:
    return f"PostgreSQL at {parameters.get('host', 'localhost')}:{parameters.get('port', 5432)}"


def _call_within(timeout_s: float, call: Callable[[], Any]) -> Any:
    """What ``call`` gives. It runs in a thread: what comes too late is let go, which closes it.

    Raises:
        TimeoutError: it took longer.
        Exception: what it raises.
    """
    given: list[Any] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(call())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if raised:
        raise raised.pop()
    if not given:
        raise TimeoutError
    return given.pop()


def _refuse(connection: object) -> None:
    """In place of commit and rollback, which the drivers would do nothing for."""
    raise ResourceError("the with block is the transaction: leave it to commit, raise to roll back")


_ENDS_WITH_ITS_BLOCK = {"commit": _refuse, "rollback": _refuse}


def _parse_for_psycopg2(driver: Any, url: str) -> dict[str, Any]:
    return dict(driver.extensions.parse_dsn(url))


def _open_psycopg2(driver: Any, parameters: dict[str, Any]) -> Any:
    connection_class = type("Connection", (driver.extensions.connection,), _ENDS_WITH_ITS_BLOCK)
    connection = driver.connect(connection_factory=connection_class, **parameters)
    connection.autocommit = True
    return connection


def _parse_for_psycopg(driver: Any, url: str) -> dict[str, Any]:
    return dict(driver.conninfo.conninfo_to_dict(url))


def _open_psycopg(driver: Any, parameters: dict[str, Any]) -> Any:
    connection_class: Any = type("Connection", (driver.Connection,), _ENDS_WITH_ITS_BLOCK)
    # Prepared statements outlive transactions, which neither PgBouncer nor RDS Proxy can share.
    return connection_class.connect(autocommit=True, prepare_threshold=None, **parameters)


_DRIVERS = {"psycopg2": (_parse_for_psycopg2, _open_psycopg2), "psycopg": (_parse_for_psycopg, _open_psycopg)}
