"""Datasets in S3 as the ItemReader of a Distributed Map names them: those that one function can read too, and others.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html (2026-11-25).
"""

from __future__ import annotations

from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.parquet_rows import ParquetRows
from headstart_kit.batches.s3_object import S3Object
from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.batches.protocols import Content, Position, Reader, Source

_GET = "arn:aws:states:::s3:getObject"
_LIST = "arn:aws:states:::s3:listObjectsV2"
_DELIMITERS = {",": "COMMA", "|": "PIPE", ";": "SEMICOLON", " ": "SPACE", "\t": "TAB"}
CSV_HEADER_BYTES_MAX = 10 * 1024


class MapItems:
    """Items that only a Distributed Map reads; ``item_reader`` says how."""

    __slots__ = ("item_reader", "name")

    def __init__(self, item_reader: dict[str, Any], *, name: str) -> None:
        self.item_reader = item_reader
        self.name = name

    def open(self, position: Position | None = None, *, version: str | None = None) -> Reader:
        """One function cannot read them in bounded memory.

        Raises:
            SourceError: always.
        """
        raise SourceError(f"{self.name} is read by a Distributed Map only; give JSON Lines, CSV or Parquet")


def listed_objects(bucket: str, prefix: str = "") -> MapItems:
    """The objects under a prefix: each item is what ListObjectsV2 says of one (``Key``, ``Size`` …)."""
    name = f"the list of s3://{bucket}/{prefix}"
    return MapItems({"Resource": _LIST, "Parameters": {"Bucket": bucket, "Prefix": prefix}}, name=name)


def json_array(bucket: str, key: str) -> MapItems:
    """The elements of an array that is the whole of a JSON file."""
    return _read_by_map(bucket, key, kind="JSON")


def inventory(bucket: str, key: str) -> MapItems:
    """The objects of an S3 Inventory, by its ``manifest.json``."""
    return _read_by_map(bucket, key, kind="MANIFEST")


def _read_by_map(bucket: str, key: str, *, kind: str) -> MapItems:
    return MapItems(_get({"InputType": kind}, bucket=bucket, key=key), name=f"s3://{bucket}/{key} ({kind})")


def item_reader_of(source: Source) -> dict[str, Any]:
    """The ItemReader that reads ``source``.

    Raises:
        TypeError: it is not in S3.
        ValueError: it is packed, only a part of an object, or a kind of CSV that Step Functions cannot read.
    """
    if isinstance(source, MapItems):
        return source.item_reader
    if not isinstance(source, (JsonLines, CsvRows, ParquetRows)):
        raise TypeError(f"{source.name} cannot be read by a Distributed Map; give an object in S3")
    content = _object_of(source.content)
    if isinstance(source, CsvRows):
        return _get(_csv(source), bucket=content.bucket, key=content.key)
    if (source.between if isinstance(source, JsonLines) else source.row_groups) is not None:
        raise ValueError(f"{source.name} is a part; a Distributed Map reads whole objects")
    kind = "JSONL" if isinstance(source, JsonLines) else "PARQUET"
    return _get({"InputType": kind}, bucket=content.bucket, key=content.key)


def _object_of(content: Content) -> S3Object:
    if not isinstance(content, S3Object):
        raise TypeError(f"{content.name} cannot be read by a Distributed Map; give an object in S3")
    if content.key.endswith(".gz"):
        raise ValueError(f"{content.name} is packed; Step Functions does not say that it would unpack it")
    return content


def _csv(source: CsvRows) -> dict[str, Any]:
    if source.delimiter not in _DELIMITERS:
        known = " ".join(map(repr, _DELIMITERS))
        raise ValueError(f"delimiter is {source.delimiter!r}; a Distributed Map reads {known}")
    config: dict[str, Any] = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    if source.columns is not None:
        header_bytes = len(",".join(source.columns).encode())
        if header_bytes > CSV_HEADER_BYTES_MAX:
            raise ValueError(f"the columns have {header_bytes} bytes; allowed for a Distributed Map: 10240")
        config |= {"CSVHeaderLocation": "GIVEN", "CSVHeaders": source.columns}
    if source.delimiter != ",":
        config["CSVDelimiter"] = _DELIMITERS[source.delimiter]
    return config


def _get(config: dict[str, Any], *, bucket: str, key: str) -> dict[str, Any]:
    return {"Resource": _GET, "ReaderConfig": config, "Parameters": {"Bucket": bucket, "Key": key}}
