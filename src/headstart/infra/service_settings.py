"""Reads ``[services]``: which servers a function needs, started for it or the user's own, and what is in them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from headstart.errors import ConfigError, InvalidValueError
from headstart.infra import settings
from headstart.infra.settings import ServicesTable
from headstart.model.services import ServiceNeeds

_SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "postgres": ("postgresql", "postgres"),
    "redis": ("redis", "rediss"),
    "aws": ("http", "https"),
}
# What fills a server, which must be one that is started: nothing is changed in a server of the user's own.
_FILLS: Final = {"setup": "postgres", "buckets": "aws", "queues": "aws", "objects": "aws"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (2026-11-25)
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BUCKET_IN_WORDS: Final = "3 … 63 lower-case letters, digits, . and -"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html (2026-11-25)
_QUEUE: Final = re.compile(r"(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?")
_QUEUE_IN_WORDS: Final = "1 … 80 letters, digits, - and _, with .fifo in the end or not"


def needs(table: ServicesTable, *, folder: Path) -> ServiceNeeds:
    """What ``table`` asks for. Its paths are relative to ``folder``.

    Raises:
        ConfigError: a URL that is none, a path that is not there, or contents for no server.
        InvalidValueError: a name that AWS does not allow.
    """
    for key, service in _FILLS.items():
        if getattr(table, key) and getattr(table, service) is not True:
            raise ConfigError(
                f"services.{key} fills a server that Headstart starts, and there is no {service} to start",
                hint=f"{service} = true",
            )
    for bucket in table.buckets:
        _require_name("services.buckets", bucket, allowed=_BUCKET, in_words=_BUCKET_IN_WORDS)
    for queue in table.queues:
        _require_name("services.queues", queue, allowed=_QUEUE, in_words=_QUEUE_IN_WORDS)
    return ServiceNeeds(
        postgres=_server("postgres", table.postgres),
        redis=_server("redis", table.redis),
        aws=_server("aws", table.aws),
        setup=_setup(table.setup, folder),
        buckets=table.buckets,
        queues=table.queues,
        objects=_objects(table.objects, folder),
    )


def _server(name: str, value: bool | str) -> bool | str:
    if isinstance(value, bool) or _is_url(value, _SCHEMES[name]):
        return value
    raise ConfigError(
        f"services.{name} is {settings.without_secrets(value)!r}; needed: true, to start a server, or the URL of your "
        f"own, {' or '.join(f'{scheme}://…' for scheme in _SCHEMES[name])}",
        hint=f"{name} = true",
    )


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and parts.hostname is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _setup(value: str | None, folder: Path) -> Path | None:
    if value is None:
        return None
    file = (folder / value).resolve()
    if not file.is_file():
        raise ConfigError(f"services.setup is {value!r}, and {file} is no file", hint=f"ls {file.parent}")
    return file


def _objects(value: str | None, folder: Path) -> Path | None:
    """The folder, whose first level is buckets."""
    if value is None:
        return None
    objects = (folder / value).resolve()
    if not objects.is_dir():
        raise ConfigError(f"services.objects is {value!r}, and {objects} is no folder", hint=f"ls {objects.parent}")
    for place in objects.iterdir():
        if not place.is_dir():
            raise ConfigError(
                f"{place} is in no bucket; needed in services.objects: BUCKET/KEY",
                hint=f"mkdir {objects / 'BUCKET'}; mv {place} {objects / 'BUCKET'}",
            )
        _require_name("services.objects", place.name, allowed=_BUCKET, in_words=_BUCKET_IN_WORDS)
    return objects


def _require_name(key: str, name: str, *, allowed: re.Pattern[str], in_words: str) -> None:
    if not allowed.fullmatch(name):
        raise InvalidValueError(key, name, allowed=in_words)
