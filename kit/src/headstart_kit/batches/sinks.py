"""A file as a sink; S3 and SQS have modules of their own, and any function that takes a list of records is one too."""

from __future__ import annotations

import os

from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO


class LinesFile:
    """The file ``path``, JSON Lines, in /tmp or on EFS. It appears when it is whole; until then its name ends in
    ``.part``. A resume token is good where that file is: in the same environment, or on EFS."""

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    @property
    def name(self) -> str:
        """The path."""
        return self.path

    def open(self, state: dict[str, Any] | None = None) -> FileWriter:
        """Begin the file, or go on after what ``state`` says is written.

        Raises:
            SourceError: the part is not there, or shorter.
        """
        return FileWriter(self.path, size_bytes=None if state is None else state["size_bytes"])

    def part(self, name: str) -> LinesFile:
        """A file for one part: ``records.jsonl`` becomes ``records-00001.jsonl``."""
        stem, suffix = os.path.splitext(self.path)  # noqa: PTH122 (pathlib is not free)
        return LinesFile(f"{stem}-{name}{suffix}")


class FileWriter:
    """A file that is being written."""

    __slots__ = ("_file", "_goes_on", "_part", "_path")

    def __init__(self, path: str, *, size_bytes: int | None) -> None:
        self._path = path
        self._part = path + ".part"
        self._goes_on = size_bytes is not None
        self._file: BinaryIO = self._opened(size_bytes)

    def _opened(self, size_bytes: int | None) -> BinaryIO:
        if size_bytes is None:
            return open(self._part, "wb")  # noqa: PTH123 (pathlib is not free)
        try:
            file = open(self._part, "r+b")  # noqa: PTH123, SIM115
        except FileNotFoundError as error:
            raise SourceError(f"{self._part} is not there; a resume token is good where its file is") from error
        found_bytes = file.seek(0, os.SEEK_END)
        if found_bytes < size_bytes:
            file.close()
            raise SourceError(f"{self._part} has {found_bytes} bytes; the resume token says {size_bytes}")
        file.seek(size_bytes)
        file.truncate()
        return file

    def write(self, text: bytes) -> None:
        """Add whole lines."""
        self._file.write(text)

    @property
    def held_bytes(self) -> int:
        """Nothing to speak of."""
        return 0

    def suspend(self) -> dict[str, Any]:
        """Keep what is written under the name of the part."""
        size_bytes = self._file.tell()
        self._file.close()
        return {"size_bytes": size_bytes}

    def finish(self) -> None:
        """Let the file appear."""
        self._file.close()
        os.replace(self._part, self._path)  # noqa: PTH105

    def abandon(self) -> None:
        """Remove the part, unless a resume token needs it or the file is whole."""
        self._file.close()
        if not self._goes_on:
            self.give_up()

    def give_up(self) -> None:
        """Remove the part."""
        self._file.close()
        if os.path.exists(self._part):  # noqa: PTH110
            os.remove(self._part)  # noqa: PTH107
