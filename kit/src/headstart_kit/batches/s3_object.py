"""An object in S3 as content: read from any byte on, and always the same version of it."""

from __future__ import annotations

from headstart_kit.batches.clients import client_of
from headstart_kit.batches.contents import require_version
from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.batches.protocols import ByteStream, SeekableFile

_ATTEMPTS = 3
_READ_AHEAD_BYTES = 1024 * 1024


class S3Object:
    """The object ``key`` of ``bucket``. Its version is its ETag.

    ``client`` is boto3's for S3, or a ``boto3_client``; without one it is made at first use. A connection that breaks
    is made anew, and goes on where it broke; ``If-Match`` sees to it that the object is still the same.
    """

    __slots__ = ("_client", "bucket", "key", "name")

    def __init__(self, bucket: str, key: str, *, client: Any = None) -> None:
        self.bucket = bucket
        self.key = key
        self.name = f"s3://{bucket}/{key}"
        self._client = client

    @property
    def client(self) -> Any:
        """boto3's client for S3."""
        return client_of("s3", self._client)

    def open(self, offset: int = 0, *, version: str | None = None) -> ByteStream:
        """Read from ``offset`` on.

        Raises:
            SourceError: it is not there, may not be read, or has changed since ``version``.
        """
        return S3Stream(self, offset=offset, version=version)

    def open_seekable(self, *, version: str | None = None) -> SeekableFile:
        """Read here and there, by ranges. Raises as ``open``."""
        return S3Ranges(self, version)

    def measure(self) -> tuple[int, str]:
        """Its size in bytes, and its version. Raises as ``open``."""
        answer = self.ask("head_object")
        return answer["ContentLength"], answer["ETag"]

    def ask(self, operation: str, **parameters: Any) -> Any:
        """The answer to one request about the object. Raises as ``open``."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            return getattr(self.client, operation)(Bucket=self.bucket, Key=self.key, **parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {"PreconditionFailed", "412"}:
                wanted = parameters.get("IfMatch")
                raise SourceError(
                    f"{self.name} has changed: it was {wanted}; begin again without a resume token"
                ) from error
            raise SourceError(f"{self.name} cannot be read: {code}") from error
        except BotoCoreError as error:
            raise SourceError(f"{self.name} cannot be reached: {error}") from error


class S3Stream:
    """The object from an offset to its end, in one request as long as the connection holds."""

    __slots__ = ("_body", "_object", "_offset", "_size_bytes", "version")

    def __init__(self, source: S3Object, *, offset: int, version: str | None) -> None:
        self._object = source
        self._offset = offset
        self.version = version or ""
        self._size_bytes = 0
        self._body: Any = None
        if offset:
            self._size_bytes, found = source.measure()
            require_version(source.name, found, wanted=version)
            self.version = found
        if offset == 0 or offset < self._size_bytes:
            self._request()

    def _request(self) -> None:
        parameters = {"Range": f"bytes={self._offset}-"} if self._offset else {}
        if self.version:
            parameters["IfMatch"] = self.version
        answer = self._object.ask("get_object", **parameters)
        self._body = answer["Body"]
        self.version = answer["ETag"]
        self._size_bytes = self._offset + answer["ContentLength"]

    def read(self, size_bytes: int, /) -> bytes:
        """At most ``size_bytes``; nothing at the end.

        Raises:
            SourceError: the connection broke several times without anything read, or the object has changed.
        """
        from botocore.exceptions import BotoCoreError

        for attempt in range(1, _ATTEMPTS + 1):
            if self._offset >= self._size_bytes:
                return b""
            try:
                text: bytes = self._body.read(min(size_bytes, self._size_bytes - self._offset))
                if text:
                    self._offset += len(text)
                    return text
            except (BotoCoreError, OSError) as error:
                if attempt == _ATTEMPTS:
                    raise SourceError(f"{self._object.name} broke off at byte {self._offset}: {error}") from error
            self._body.close()
            self._request()
        raise SourceError(f"{self._object.name} ended at byte {self._offset} of {self._size_bytes}")

    @property
    def ratio(self) -> float | None:
        """The part that has been read."""
        return self._offset / self._size_bytes if self._size_bytes else 1.0

    def close(self) -> None:
        """End the request."""
        if self._body is not None:
            self._body.close()


class S3Ranges:
    """The object as a file to read here and there: a request for each range, never less than a MB."""

    __slots__ = ("_ahead", "_ahead_offset", "_object", "_offset", "_size_bytes", "closed", "version")

    def __init__(self, source: S3Object, version: str | None) -> None:
        self._object = source
        self._size_bytes, found = source.measure()
        require_version(source.name, found, wanted=version)
        self.version = found
        self.closed = False
        self._offset = 0
        self._ahead = b""
        self._ahead_offset = 0

    def read(self, size_bytes: int = -1, /) -> bytes:
        """At most ``size_bytes`` from where it stands. Raises as ``S3Object.open``."""
        left_bytes = max(0, self._size_bytes - self._offset)
        size_bytes = left_bytes if size_bytes < 0 else min(size_bytes, left_bytes)
        start = self._offset - self._ahead_offset
        if not 0 <= start <= len(self._ahead) - size_bytes:
            self._fetch(size_bytes)
            start = 0
        self._offset += size_bytes
        return self._ahead[start : start + size_bytes]

    def _fetch(self, size_bytes: int) -> None:
        end = min(self._offset + max(size_bytes, _READ_AHEAD_BYTES), self._size_bytes)
        answer = self._object.ask("get_object", Range=f"bytes={self._offset}-{end - 1}", IfMatch=self.version)
        self._ahead = answer["Body"].read()
        self._ahead_offset = self._offset

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Stand elsewhere."""
        self._offset = offset + (0, self._offset, self._size_bytes)[whence]
        return self._offset

    def tell(self) -> int:
        """Where it stands."""
        return self._offset

    def close(self) -> None:
        """Drop what was read ahead."""
        self.closed = True
        self._ahead = b""
