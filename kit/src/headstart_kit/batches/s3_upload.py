"""An object in S3 as a sink: a multipart upload that a later invocation can go on with.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html (2026-11-25): parts of 5 MiB or more, the last
one apart, and at most 10,000 of them.
"""

from __future__ import annotations

from headstart_kit.batches.clients import client_of
from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap
    from typing import Any

PART_BYTES_MIN = 5 * 1024 * 1024
PARTS_MAX = 10_000
_PIECE_BYTES = 128 * 1024
_CHECKSUMS = ("ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256")


class S3Upload:
    """The object ``key`` of ``bucket``, JSON Lines. It appears when it is whole.

    The result may have 10,000 times ``part_bytes``, with the default 80 GB. Less than one part is put at once, without
    an upload. When a run stops, what does not fill a part is kept in an object of its own, ``key`` with
    ``.resume-1`` and so on, until the result is whole. A resume token that is never used leaves that object and the
    upload behind: let a lifecycle rule of the bucket end incomplete multipart uploads.

    ``client`` is boto3's for S3, or a ``boto3_client``; without one it is made at first use.
    """

    __slots__ = ("_client", "bucket", "key", "part_bytes")

    def __init__(self, bucket: str, key: str, *, client: Any = None, part_bytes: int = 8 * 1024 * 1024) -> None:
        if part_bytes < PART_BYTES_MIN:
            raise ValueError(f"part_bytes is {part_bytes}; allowed: {PART_BYTES_MIN} or more")
        self.bucket = bucket
        self.key = key
        self.part_bytes = part_bytes
        self._client = client

    @property
    def name(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def client(self) -> Any:
        """boto3's client for S3."""
        return client_of("s3", self._client)

    def open(self, state: dict[str, Any] | None = None) -> UploadWriter:
        """Begin, or go on after what ``state`` says is uploaded.

        Raises:
            SourceError: the upload is no longer there: it was completed or ended.
        """
        writer = UploadWriter(self)
        if state is not None:
            writer.go_on(state)
        return writer

    def part(self, name: str) -> S3Upload:
        """An object for one part: ``out/records.jsonl`` becomes ``out/records-00001.jsonl``."""
        folder, slash, file = self.key.rpartition("/")
        stem, dot, suffix = file.partition(".")
        key = f"{folder}{slash}{stem}-{name}{dot}{suffix}"
        return S3Upload(self.bucket, key, client=self._client, part_bytes=self.part_bytes)


class UploadWriter:
    """An object that is being written.

    What is written is collected until it fills a part. A retry from the same resume token uploads the same parts again
    under the same numbers, so nothing is there twice.
    """

    __slots__ = (
        "_began_upload",
        "_buffer",
        "_filled_bytes",
        "_kept",
        "_kept_before",
        "_parts",
        "_sink",
        "_touched_bytes",
        "_upload_id",
    )

    def __init__(self, sink: S3Upload) -> None:
        self._sink = sink
        # Apart from the heap, which would neither return so large a block nor fill the hole that it leaves.
        self._buffer = _memory(sink.part_bytes)
        self._filled_bytes = self._touched_bytes = 0
        self._parts: list[dict[str, Any]] = []
        self._upload_id: str | None = None
        self._began_upload = False
        self._kept = self._kept_before = 0

    def go_on(self, state: dict[str, Any]) -> None:
        """Begin where the run that told ``state`` stopped. Raises as ``S3Upload.open``."""
        self._upload_id = state["upload_id"]
        self._kept = self._kept_before = state["kept"]
        if self._upload_id is not None:
            self._parts = self._uploaded_parts()[: state["parts"]]
        if len(self._parts) != state["parts"]:
            raise SourceError(f"{self._sink.name}: parts of its upload are missing; begin again without a resume token")
        if state["kept_bytes"]:
            answer = self._ask_for_kept("get_object", Key=self._kept_key(self._kept))
            if answer["ContentLength"] != state["kept_bytes"]:
                raise SourceError(
                    f"{self._kept_key(self._kept)} has {answer['ContentLength']} bytes, not {state['kept_bytes']};"
                    " begin again without a resume token"
                )
            while piece := answer["Body"].read(_PIECE_BYTES):
                self.write(piece)

    def write(self, text: bytes) -> None:
        """Add whole lines; each part goes out when it is full."""
        rest = memoryview(text)
        while rest:
            taken = rest[: self._sink.part_bytes - self._filled_bytes]
            rest = rest[len(taken) :]
            end = self._filled_bytes + len(taken)
            self._buffer[self._filled_bytes : end] = taken
            self._filled_bytes = end
            self._touched_bytes = max(self._touched_bytes, end)
            if end == self._sink.part_bytes:
                self._upload()

    @property
    def held_bytes(self) -> int:
        """The part of the buffer that was ever filled."""
        return self._touched_bytes

    def suspend(self) -> dict[str, Any]:
        """Keep the rest in an object of its own."""
        self._kept += 1
        if self._filled_bytes:
            self._ask("put_object", Key=self._kept_key(self._kept), Body=self._filled())
        return {
            "upload_id": self._upload_id,
            "parts": len(self._parts),
            "kept": self._kept,
            "kept_bytes": self._filled_bytes,
        }

    def finish(self) -> None:
        """Let the object appear, and remove what was kept on the way."""
        if self._upload_id is None:
            self._ask("put_object", Body=self._filled())
        else:
            if self._filled_bytes:
                self._upload()
            self._ask("complete_multipart_upload", UploadId=self._upload_id, MultipartUpload={"Parts": self._parts})
            self._began_upload = False
        self._remove_kept(0)

    def abandon(self) -> None:
        """End the upload and remove what was kept, but for what a resume token needs."""
        self._remove_kept(self._kept_before)
        if self._began_upload:
            self._end_upload()

    def give_up(self) -> None:
        """End the upload and remove all that was kept."""
        self._remove_kept(0)
        if self._upload_id is not None:
            self._end_upload()

    def _end_upload(self) -> None:
        self._ask("abort_multipart_upload", UploadId=self._upload_id)

    def _filled(self) -> mmap | bytes:
        """What is to go out, as a file. A copy would need the memory of another part."""
        if not self._filled_bytes:
            return b""
        if self._filled_bytes < len(self._buffer):
            try:
                self._buffer.resize(self._filled_bytes)
            except SystemError:  # not on Linux
                return self._buffer[: self._filled_bytes]
        self._buffer.seek(0)
        return self._buffer

    def _upload(self) -> None:
        if self._upload_id is None:
            self._upload_id = self._ask("create_multipart_upload")["UploadId"]
            self._began_upload = True
        number = len(self._parts) + 1
        if number > PARTS_MAX:
            allowed = PARTS_MAX * self._sink.part_bytes
            raise ValueError(f"{self._sink.name} would exceed {allowed} bytes; choose larger part_bytes")
        answer = self._ask("upload_part", UploadId=self._upload_id, PartNumber=number, Body=self._filled())
        self._parts.append(_part(number, answer))
        self._filled_bytes = 0

    def _uploaded_parts(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while True:
            answer = self._ask_for_kept("list_parts", UploadId=self._upload_id, **more)
            parts += [_part(part["PartNumber"], part) for part in answer.get("Parts", ())]
            if not answer.get("IsTruncated"):
                return parts
            more = {"PartNumberMarker": answer["NextPartNumberMarker"]}

    def _ask_for_kept(self, operation: str, **parameters: Any) -> Any:
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        try:
            return self._ask(operation, **parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise SourceError(
                f"what the resume token kept of {self._sink.name} is gone ({code}): the result is whole or given up"
            ) from error

    def _kept_key(self, number: int) -> str:
        return f"{self._sink.key}.resume-{number}"

    def _remove_kept(self, after: int) -> None:
        for number in range(after + 1, self._kept + 1):
            self._ask("delete_object", Key=self._kept_key(number))

    def _ask(self, operation: str, **parameters: Any) -> Any:
        parameters.setdefault("Key", self._sink.key)
        return getattr(self._sink.client, operation)(Bucket=self._sink.bucket, **parameters)


def _memory(size_bytes: int) -> mmap:
    """Memory that counts from when it is first written to."""
    import mmap

    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _part(number: int, answer: dict[str, Any]) -> dict[str, Any]:
    """A part as the completion names it: with its checksum, if the client sent one."""
    checksums = {name: answer[name] for name in _CHECKSUMS if name in answer}
    return {"PartNumber": number, "ETag": answer["ETag"], **checksums}
