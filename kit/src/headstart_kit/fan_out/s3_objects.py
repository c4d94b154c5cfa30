"""Objects of S3, read and written in threads: boto3 waits."""

from __future__ import annotations

from functools import partial

from headstart_kit.batches.clients import client_of
from headstart_kit.fan_out.capped_bytes import CHUNK_BYTES, CappedBytes
from headstart_kit.fan_out.threads import in_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


async def read_object(
    bucket: str,
    key: str,
    *,
    offset_bytes: int = 0,
    length_bytes: int | None = None,
    max_mb: float = 64.0,
    client: Any = None,
) -> bytes:
    """The bytes of an object, ``max_mb`` MB at most: all of them, or from ``offset_bytes`` on, or ``length_bytes`` of
    those.

    ``client`` is boto3's for S3, or a ``boto3_client``; without one the kit makes one, whose waits end with the
    deadline. It keeps 10 connections unless its config says otherwise, which is the ``limit`` to gather with.

    Raises:
        ValueError: the range is none.
        TooLargeError: there is more in it than ``max_mb``.
        ClientError: botocore's: there is no such object, or it may not be read, or ends before ``offset_bytes``.
    """
    if offset_bytes < 0 or (length_bytes is not None and length_bytes < 1):
        raise ValueError(f"{length_bytes} bytes from {offset_bytes}: allowed are 1 or more from 0 on")
    content = CappedBytes(f"s3://{bucket}/{key}", max_mb=max_mb)
    wanted = {"Bucket": bucket, "Key": key}
    if offset_bytes or length_bytes is not None:
        last = "" if length_bytes is None else offset_bytes + length_bytes - 1
        wanted["Range"] = f"bytes={offset_bytes}-{last}"
    return await in_thread(partial(_read, client=client, wanted=wanted, content=content))


async def write_object(bucket: str, key: str, *, body: bytes, client: Any = None) -> str:
    """Write an object of ``body``; its ETag. ``client`` is as for ``read_object``.

    Raises:
        ClientError: botocore's: it may not be written.
    """
    wanted = {"Bucket": bucket, "Key": key, "Body": body}
    return await in_thread(lambda is_stopped: str(client_of("s3", client).put_object(**wanted)["ETag"]))


def _read(is_stopped: Callable[[], bool], *, client: Any, wanted: dict[str, str], content: CappedBytes) -> bytes:
    answer = client_of("s3", client).get_object(**wanted)
    with answer["Body"] as body:
        content.expect(answer["ContentLength"])
        while not is_stopped() and (chunk := body.read(CHUNK_BYTES)):
            content.add(chunk)
    return content.joined()
