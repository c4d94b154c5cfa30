"""Where bytes come from, S3 apart: a file, an iterator, and the unpacking of gzip."""

from __future__ import annotations

import os

from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

    from headstart_kit.batches.protocols import ByteStream, Content, SeekableFile

_PACKED_BYTES = 64 * 1024


class LocalFile:
    """A file of this file system, such as /tmp or EFS. Its version is its size and the time of its last change."""

    __slots__ = ("name", "path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.name = self.path

    def open(self, offset: int = 0, *, version: str | None = None) -> ByteStream:
        """Read from ``offset`` on.

        Raises:
            SourceError: it cannot be opened, or has changed since ``version``.
        """
        return LocalStream(self, version, offset=offset)

    def open_seekable(self, *, version: str | None = None) -> SeekableFile:
        """Read here and there. Raises as ``open``."""
        return LocalStream(self, version)

    def measure(self) -> tuple[int, str]:
        """Its size in bytes, and its version. Raises as ``open``."""
        stream = LocalStream(self, None)
        stream.close()
        return stream.size_bytes, stream.version


class LocalStream:
    """An open file."""

    __slots__ = ("_file", "size_bytes", "version")

    def __init__(self, file: LocalFile, version: str | None, *, offset: int = 0) -> None:
        try:
            self._file: BufferedReader = open(file.path, "rb")  # noqa: PTH123, SIM115 (pathlib is not free)
        except OSError as error:
            raise SourceError(f"{file.path} cannot be read: {error.strerror}") from error
        found = os.fstat(self._file.fileno())
        self.size_bytes = found.st_size
        self.version = f"{found.st_size}-{found.st_mtime_ns}"
        require_version(file.name, self.version, wanted=version)
        self._file.seek(offset)

    def read(self, size_bytes: int = -1, /) -> bytes:
        """At most ``size_bytes``; nothing at the end."""
        return self._file.read(size_bytes)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Stand elsewhere."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it stands."""
        return self._file.tell()

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._file.closed

    @property
    def ratio(self) -> float | None:
        """The part that has been read."""
        return self._file.tell() / self.size_bytes if self.size_bytes else 1.0

    def close(self) -> None:
        """Close it."""
        self._file.close()


class Pieces:
    """Bytes from an iterable of pieces of any size.

    To go on from a resume token, give the same pieces again; ``name`` and ``version`` are your word that they are.
    """

    __slots__ = ("_pieces", "name", "version")

    def __init__(self, pieces: Iterable[bytes], *, name: str = "pieces", version: str = "") -> None:
        self._pieces = pieces
        self.name = name
        self.version = version

    def open(self, offset: int = 0, *, version: str | None = None) -> ByteStream:
        """Pass over ``offset`` bytes and read on.

        Raises:
            SourceError: ``version`` is another.
        """
        require_version(self.name, self.version, wanted=version)
        stream = PieceStream(iter(self._pieces), self.version)
        _pass_over(stream, offset)
        return stream

    def open_seekable(self, *, version: str | None = None) -> SeekableFile:
        """An iterator cannot be read here and there.

        Raises:
            SourceError: always.
        """
        raise SourceError(f"{self.name}: Parquet is read from its end; give a LocalFile or an S3Object")

    def measure(self) -> tuple[int, str]:
        """An iterator has no size.

        Raises:
            SourceError: always.
        """
        raise SourceError(f"{self.name} has no size; give a LocalFile or an S3Object")


class PieceStream:
    """The pieces of an iterator as one stream."""

    __slots__ = ("_pieces", "_rest", "version")

    def __init__(self, pieces: Iterator[bytes], version: str) -> None:
        self._pieces = pieces
        self._rest = b""
        self.version = version

    def read(self, size_bytes: int, /) -> bytes:
        """At most ``size_bytes``, from one piece; nothing at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        taken, self._rest = self._rest[:size_bytes], self._rest[size_bytes:]
        return taken

    @property
    def ratio(self) -> None:
        """Nobody knows."""
        return None

    def close(self) -> None:
        """Let the iterator go."""
        self._pieces = iter(())


class UnpackedStream:
    """What a stream of gzip unpacks to, one member after another."""

    __slots__ = ("_in_member", "_packed", "_rest", "_unpacker", "version")

    def __init__(self, packed: ByteStream) -> None:
        self._packed = packed
        self._rest = b""
        self._in_member = False
        self.version = packed.version

    def read(self, size_bytes: int, /) -> bytes:
        """At most ``size_bytes``; nothing at the end.

        Raises:
            SourceError: it is no gzip, or cut off.
        """
        text = b""
        while not text:
            packed = self._rest or self._packed.read(_PACKED_BYTES)
            self._rest = b""
            if not packed and not self._in_member:
                break
            text = self._unpack(packed, size_bytes)
            if not packed and not text and self._in_member:
                raise SourceError("the gzip content is cut off")
        return text

    def _unpack(self, packed: bytes, size_bytes: int) -> bytes:
        import zlib

        if not self._in_member:
            packed = packed.lstrip(b"\0")  # padding after a member
            if not packed:
                return b""
            self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            self._in_member = True
        try:
            text = self._unpacker.decompress(packed, size_bytes)
        except zlib.error as error:
            raise SourceError(f"the gzip content is broken: {error}") from error
        self._in_member = not self._unpacker.eof
        self._rest = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        return text

    @property
    def ratio(self) -> float | None:
        """The part of the packed content that has been read."""
        return self._packed.ratio

    def close(self) -> None:
        """Close the packed stream."""
        self._packed.close()


def open_unpacked(content: Content, offset: int, *, version: str | None) -> ByteStream:
    """The content from ``offset`` on; unpacked where its name ends in ``.gz``. Raises as the content does.

    gzip cannot be entered in the middle: all that is before is unpacked again.
    """
    if not content.name.endswith(".gz"):
        return content.open(offset, version=version)
    stream = UnpackedStream(content.open(version=version))
    _pass_over(stream, offset)
    return stream


def require_version(name: str, found: str, *, wanted: str | None) -> None:
    """Raise SourceError unless the content is of the version that is wanted; None wants any."""
    if wanted is not None and found != wanted:
        raise SourceError(f"{name} has changed: it was {wanted}, now it is {found}; begin again without a resume token")


def _pass_over(stream: ByteStream, offset: int) -> None:
    while offset > 0:
        passed = len(stream.read(min(offset, _PACKED_BYTES)))
        if not passed:
            raise SourceError(f"the content ends {offset} bytes before the place to go on from")
        offset -= passed
