"""Clients of AWS's services: botocore's own, made in less time, whose every wait ends before the deadline."""

from __future__ import annotations

import os

from headstart_kit import aws_session, deadline, lifecycle
from headstart_kit.resources import Resource, is_eager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.resources import Eager

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 10.0
MAX_ATTEMPTS = 3
# Before the second attempt botocore's standard mode sleeps up to 1 s, before the third 2 s.
_SLEEP_MS = 1000
_SHORTEST_S = 0.001
_S3_TRANSFERS = ("upload_file", "upload_fileobj", "download_file", "download_fileobj", "copy")


def boto3_client(
    service: str,
    *,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
    max_attempts: int = MAX_ATTEMPTS,
    eager: Eager = "auto",
    **options: Any,
) -> Resource[Any]:
    """Declare a client of a service of AWS; call the result for what ``boto3.client(service)`` gives::

        s3 = boto3_client("s3")

        s3().put_object(Bucket=bucket, Key=key, Body=body)

    It is made without boto3 itself, which is loaded when one of S3's transfer methods (``upload_file`` …) is used.
    ``options`` are those of ``boto3.client``; a ``config`` among them goes before what is usual here: standard retries
    with ``max_attempts`` in all (unless AWS_RETRY_MODE or AWS_MAX_ATTEMPTS is set), TCP keepalive.

    To connect takes ``connect_timeout_s`` seconds at most, and to wait for the next bytes of an answer
    ``read_timeout_s``; both no longer than the deadline allows. No attempt begins after the deadline, and a failed one
    is not repeated where botocore would sleep past it. ``eager`` makes the client here, as in ``resource``; that makes
    no connection.
    """

    def make() -> Any:
        client = make_client(
            service,
            timeouts_s=(connect_timeout_s, read_timeout_s),
            max_attempts=max_attempts,
            options=options,
        )
        lifecycle.at_snapshot(client.close)  # its connections: it stays in the snapshot itself
        return client

    declared = Resource(make, close=lambda client: client.close(), name=service)
    if is_eager(eager):
        declared()
    return declared


def make_client(
    service: str, *, timeouts_s: tuple[float, float], max_attempts: int = MAX_ATTEMPTS, options: dict[str, Any]
) -> Any:
    """A client of botocore's; ``timeouts_s`` are seconds to connect and to read.

    Raises:
        ResourceError: there is no botocore in the package.
    """
    config_class = aws_session.botocore("config").Config
    connect_s, read_s = timeouts_s
    retries = {} if "AWS_RETRY_MODE" in os.environ else {"mode": "standard"}
    attempts = {} if "AWS_MAX_ATTEMPTS" in os.environ else {"total_max_attempts": max_attempts}
    usual = config_class(
        connect_timeout=connect_s, read_timeout=read_s, retries={**retries, **attempts}, tcp_keepalive=True
    )
    config = usual.merge(options.get("config") or config_class())
    client = aws_session.create_client(service, {**options, "config": config})
    events = client.meta.events
    events.register("before-send", _check_deadline)
    events.register("needs-retry", _sleep_not_past_deadline)
    events.register("getattr.s3", _s3_transfer)
    _bound_by_deadline(client, timeouts_s=(config.connect_timeout, config.read_timeout))
    return client


def _check_deadline(**_: Any) -> None:
    deadline.current().check(what="a call to AWS")


def _sleep_not_past_deadline(*, attempts: int, caught_exception: Exception | None, **_: Any) -> None:
    if caught_exception is not None and not deadline.current().fits(_SLEEP_MS * attempts):
        raise caught_exception


def _s3_transfer(client: Any, event_name: str, **_: Any) -> Any:
    """What boto3 adds to a client of S3, when it is asked for."""
    name = event_name.rpartition(".")[2]
    if name not in _S3_TRANSFERS:
        return None
    import importlib
    from types import MethodType

    return MethodType(getattr(importlib.import_module("boto3.s3.inject"), name), client)


def _bound_by_deadline(client: Any, *, timeouts_s: tuple[float, float]) -> None:
    """Have each request of the client wait no longer than the deadline allows.

    urllib3 copies the timeout of its pools for each request. botocore has no name for that: where a version of it is
    built otherwise, the timeouts stay as they are.
    """
    import urllib3

    connect_s, read_s = timeouts_s

    def clone(_: Any) -> Any:
        left_s = max(_SHORTEST_S, deadline.current().remaining_ms / 1000.0)
        return urllib3.Timeout(connect=min(connect_s, left_s), read=min(read_s, left_s))

    bounded = type("Timeout", (urllib3.Timeout,), {"clone": clone})(connect=connect_s, read=read_s)
    try:
        client._endpoint.http_session._manager.connection_pool_kw["timeout"] = bounded
    except AttributeError:
        return
