"""What a function needs beside itself: databases and an endpoint of AWS."""

from pathlib import Path

import msgspec


class ServiceNeeds(msgspec.Struct, frozen=True, kw_only=True):
    """True starts a server for as long as the function is run, a URL is a server of the user's own, False is none.

    The rest fills the servers that are started: SQL for ``postgres``; for ``aws`` buckets of S3, queues of SQS, and a
    folder of objects, whose files lie in ``BUCKET/KEY``.
    """

    postgres: bool | str = False
    redis: bool | str = False
    aws: bool | str = False
    setup: Path | None = None
    buckets: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    objects: Path | None = None

    @property
    def to_start(self) -> tuple[str, ...]:
        """The names of the servers to start."""
        return tuple(name for name in ("postgres", "redis", "aws") if getattr(self, name) is True)

    @property
    def urls(self) -> dict[str, str]:
        """The user's own servers by name."""
        given = {name: getattr(self, name) for name in ("postgres", "redis", "aws")}
        return {name: url for name, url in given.items() if isinstance(url, str)}

    def __repr__(self) -> str:
        """Without the URLs, which have passwords in them."""
        return f"ServiceNeeds(to start: {self.to_start}, own servers: {tuple(self.urls)})"
