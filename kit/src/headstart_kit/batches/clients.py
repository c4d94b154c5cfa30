"""The client of a service of AWS that a source or sink was given, or else the kit's own."""

from __future__ import annotations

from functools import cache

from headstart_kit.aws_client import boto3_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.resources import Resource


def client_of(service: str, given: Any) -> Any:
    """``given``, which is a client or a resource of one (``boto3_client``); without it, one for all that have none."""
    if given is None:
        return _own(service)()
    return given() if callable(given) else given


@cache
def _own(service: str) -> Resource[Any]:
    return boto3_client(service, eager=False)
