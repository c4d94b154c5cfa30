"""A server that Headstart did not start: it counts what it is asked, and answers each time otherwise."""

import gzip
import http.server
import itertools
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

# A name to Headstart, and 127.0.0.1 to every resolver, without asking anyone.
NAME = "0x7f.1"


class Outside(http.server.ThreadingHTTPServer):
    """Such a server on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []
        self.numbers = itertools.count(1)

    @property
    def address(self) -> str:
        return f"{NAME}:{self.server_port}"


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Outside

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        length = self.headers.get("content-length")
        received = self.rfile.read(int(length)) if length else self._chunks()
        shown = f"{next(self.server.numbers)} {time.time_ns()} {len(received)}".encode()
        getattr(self, f"answer_{self.path.strip('/').partition('?')[0]}", self.answer_plain)(shown)

    do_POST = do_PUT = do_HEAD = do_GET

    def _chunks(self) -> bytes:
        received = b""
        while (
            "chunked" in self.headers.get("transfer-encoding", "") and (size := int(self.rfile.readline(), 16) + 2) >= 2
        ):
            received += self.rfile.read(size)[:-2]
            if size == 2:
                break
        return received

    def answer_plain(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status not in (204, 304):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    def answer_gzip(self, body: bytes) -> None:
        self.answer_plain(gzip.compress(body), content_encoding="gzip")

    def answer_none(self, body: bytes) -> None:
        self.answer_plain(b"", status=204, x_number=body.decode())

    def answer_unchanged(self, body: bytes) -> None:
        self.answer_plain(b"", status=304, etag=body.decode())

    def answer_large(self, body: bytes) -> None:
        self.answer_plain(body * 200_000)

    def answer_chunked(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in (body, b"end"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\nx-trailer: 1\r\n\r\n")

    def answer_until_closed(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def answer_cut(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def answer_slow(self, body: bytes) -> None:
        time.sleep(1.5)
        self.answer_plain(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def outside(certificate: trustme.LeafCert | None = None) -> Iterator[Outside]:
    """Such a server, with a certificate by TLS."""
    with Outside() as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def authority(folder: Path) -> trustme.LeafCert:
    """A certificate for NAME, of an authority whose own is in ``folder``/authority.pem."""
    made = trustme.CA()
    folder.mkdir(exist_ok=True)
    made.cert_pem.write_to_path(str(folder / "authority.pem"))
    return made.issue_cert(NAME)
