"""The source that a name stands for: ``s3://bucket/key`` or a path, and its suffix."""

from __future__ import annotations

from headstart_kit.batches.contents import LocalFile
from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.parquet_rows import ParquetRows
from headstart_kit.batches.s3_object import S3Object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.batches.protocols import Content, Source

_KINDS: dict[str, type[JsonLines] | type[CsvRows] | type[ParquetRows]] = {
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".csv": CsvRows,
    ".parquet": ParquetRows,
}


def source_at(address: str, *, client: Any = None) -> Source:
    """The records at ``address``: an S3 address or the path of a file, JSON Lines, CSV or Parquet by its suffix, the
    first two also with ``.gz`` after it. ``client`` as in ``S3Object``.

    Raises:
        ValueError: the suffix is another, or the address has no key.
    """
    name = address.removesuffix(".gz")
    kind = next((kind for suffix, kind in _KINDS.items() if name.endswith(suffix)), None)
    if kind is None or (kind is ParquetRows and name != address):
        known = ", ".join(_KINDS)
        raise ValueError(f"{address} does not say what it is; known: {known}, and .gz after all but the last")
    return kind(content_at(address, client=client))


def content_at(address: str, *, client: Any = None) -> Content:
    """The bytes at ``address``. Raises ValueError when it is of S3 and has no key."""
    if not address.startswith("s3://"):
        return LocalFile(address)
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ValueError(f"{address} names no object; expected: s3://bucket/key")
    return S3Object(bucket, key, client=client)
