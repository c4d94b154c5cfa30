"""An event that lies in S3."""

from typing import Final
from urllib.parse import urlsplit

from headstart.aws.account import Account
from headstart.errors import EventError
from headstart.model import limits

_SCHEME: Final = "s3"
_EXAMPLE: Final = "--payload-s3 s3://my-bucket/events/order.json"


def read(url: str, *, region: str | None = None) -> bytes:
    """The bytes of the object at ``url``, ``s3://BUCKET/KEY``. Blocks until they are there.

    Raises:
        ExtraMissingError: boto3 is not installed.
        EventError: ``url`` is not of that form, or the object is larger than an event may be.
        AwsError: AWS refused.
    """
    parts = urlsplit(url, allow_fragments=False)
    key = parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme != _SCHEME or not parts.netloc or not key:
        raise EventError(f"{url!r} is no object of S3; allowed: s3://BUCKET/KEY", hint=_EXAMPLE)
    found = Account(region).objects.request("get_object", Bucket=parts.netloc, Key=key)
    if found["ContentLength"] > limits.REQUEST_BYTES_MAX:
        raise EventError(
            f"{url} has {found['ContentLength']:,} bytes; an event has {limits.REQUEST_BYTES_MAX:,} at most",
            hint=_EXAMPLE,
        )
    return bytes(found["Body"].read())
