"""S3 as far as the bench needs it, on loopback, for objects that no disk has to hold.

Usage: python object_store.py BLOCK RESULT. What is under ``in/`` is ``BLOCK`` repeated: ``in/50.jsonl`` is 50 of them.
What is uploaded in parts has to be ``RESULT`` repeated: each part is compared with what belongs there, and dropped.
Objects that are put at once are kept. ``GET /?state`` says how each upload ended. The port is printed.
"""

import hashlib
import json
import re
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_SENT_BYTES = 256 * 1024
_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class Repeated:
    """``block`` again and again."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self.etag = f'"{hashlib.md5(block, usedforsecurity=False).hexdigest()}"'

    def size_bytes(self, times: int) -> int:
        return len(self._block) * times

    def read(self, offset: int, size_bytes: int) -> bytes:
        start = offset % len(self._block)
        text = self._block[start : start + size_bytes]
        while len(text) < size_bytes:
            text += self._block[: size_bytes - len(text)]
        return text


class Upload:
    """Parts of one size, the last apart."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.parts: dict[int, int] = {}
        self.wrong: list[int] = []

    def put(self, number: int, body: bytes, result: Repeated) -> None:
        self.parts[number] = len(body)
        if body != result.read((number - 1) * self.parts.get(1, len(body)), len(body)):
            self.wrong.append(number)


class Store:
    """What there is, and what came in."""

    def __init__(self, block: bytes, result: bytes) -> None:
        self.source = Repeated(block)
        self.result = Repeated(result)
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, Upload] = {}
        self.completed: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()


class Answering(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    store: Store

    def handle(self) -> None:
        with suppress(ConnectionError):  # a function that is over ends its connections as they are
            super().handle()

    def _asked(self) -> tuple[str, dict[str, str]]:
        """The key and what is asked of it. There is one bucket, whatever its name."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        return url.path.partition("/")[2].partition("/")[2], query

    def do_GET(self) -> None:
        key, query = self._asked()
        if "state" in query:
            self._answer(200, json.dumps({"completed": self.store.completed, "uploads": len(self.store.uploads)}))
        elif "uploadId" in query:
            self._list_parts(self.store.uploads.get(query["uploadId"]), after=int(query.get("part-number-marker", 0)))
        elif key.startswith("in/"):
            self._send_source(key)
        elif key in self.store.objects:
            self._answer(200, self.store.objects[key], ETag='"kept"')
        else:
            self._refuse(404, "NoSuchKey")

    def do_HEAD(self) -> None:
        key, _ = self._asked()
        self.send_response(200)
        self.send_header("Content-Length", str(self._size_bytes(key)))
        self.send_header("ETag", self.store.source.etag)
        self.end_headers()

    def do_PUT(self) -> None:
        key, query = self._asked()
        body = self._body()
        if "uploadId" not in query:
            self.store.objects[key] = body
        elif query["uploadId"] in self.store.uploads:
            self.store.uploads[query["uploadId"]].put(int(query["partNumber"]), body, self.store.result)
        else:
            return self._refuse(404, "NoSuchUpload")
        return self._answer(200, b"", ETag=f'"{query.get("partNumber", "kept")}"')

    def do_POST(self) -> None:
        key, query = self._asked()
        body = self._body()
        if "uploads" in query:
            with self.store.lock:
                number = str(len(self.store.uploads) + len(self.store.completed) + 1)
                self.store.uploads[number] = Upload(key)
            text = f"<InitiateMultipartUploadResult {_NAMESPACE}><UploadId>{number}</UploadId>"
            return self._answer(200, text + "</InitiateMultipartUploadResult>")
        upload = self.store.uploads.pop(query["uploadId"], None)
        if upload is None:
            return self._refuse(404, "NoSuchUpload")
        numbers = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
        self.store.completed[key] = {
            "bytes": sum(upload.parts[number] for number in numbers),
            "right": not upload.wrong and numbers == list(range(1, len(numbers) + 1)),
        }
        text = f"<CompleteMultipartUploadResult {_NAMESPACE}></CompleteMultipartUploadResult>"
        return self._answer(200, text)

    def do_DELETE(self) -> None:
        key, query = self._asked()
        if "uploadId" in query:
            self.store.uploads.pop(query["uploadId"], None)
        else:
            self.store.objects.pop(key, None)
        self._answer(204, b"")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def _size_bytes(self, key: str) -> int:
        return self.store.source.size_bytes(int(Path(key).stem))

    def _send_source(self, key: str) -> None:
        size_bytes = self._size_bytes(key)
        if self.headers.get("If-Match", self.store.source.etag) != self.store.source.etag:
            return self._refuse(412, "PreconditionFailed")
        first = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-"))
        offset = int(first[1]) if first else 0
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Content-Length", str(size_bytes - offset))
        self.send_header("ETag", self.store.source.etag)
        self.end_headers()
        while offset < size_bytes:
            sent = self.store.source.read(offset, min(_SENT_BYTES, size_bytes - offset))
            try:
                self.wfile.write(sent)
            except OSError:  # the function has read enough
                self.close_connection = True
                return None
            offset += len(sent)
        return None

    def _list_parts(self, upload: Upload | None, *, after: int) -> None:
        if upload is None:
            return self._refuse(404, "NoSuchUpload")
        numbers = [number for number in sorted(upload.parts) if number > after]
        parts = "".join(
            f'<Part><PartNumber>{number}</PartNumber><ETag>"{number}"</ETag><Size>{upload.parts[number]}</Size></Part>'
            for number in numbers[:1000]
        )
        marker = f"<NextPartNumberMarker>{numbers[:1000][-1] if numbers else 0}</NextPartNumberMarker>"
        more = f"<IsTruncated>{str(len(numbers) > 1000).lower()}</IsTruncated>"
        return self._answer(200, f"<ListPartsResult {_NAMESPACE}>{parts}{marker}{more}</ListPartsResult>")

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code></Error>")

    def _answer(self, status: int, body: str | bytes, **headers: str) -> None:
        text = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    Answering.store = Store(*(Path(path).read_bytes() for path in sys.argv[1:]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
