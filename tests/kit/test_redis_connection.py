"""What answers in Redis's place is heard in time, is told apart from Redis, and with TLS has to prove who it is."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from headstart_kit.errors import ResourceError
from headstart_kit.redis_cache_client import RedisCache, redis_cache
from headstart_kit.redis_connection import Place


@contextmanager
def answering(*replies: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A port where the first command of each connection gets the next reply, and the commands that came."""
    commands: list[bytes] = []

    def answer() -> None:
        for reply in replies:
            with suppress(OSError):
                taken, _ = listener.accept()
                with taken, tls.wrap_socket(taken, server_side=True) if tls else taken as peer:
                    commands.append(peer.recv(65536))
                    peer.sendall(reply)
                    peer.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1], commands


def test_an_address_of_version_6_is_taken():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        cache = redis_cache(f"redis://[::1]:{port}", timeout_s=0.05)
        with pytest.raises(ResourceError, match="no answer in time"):
            cache().get("name")
        peer, _ = listener.accept()
        with peer:
            assert peer.recv(100) == b"*2\r\n$3\r\nGET\r\n$4\r\nname\r\n"
        cache.close()


def test_a_command_that_is_unknown_is_not_quoted():
    refusal = b"-ERR unknown command 'SET', with args beginning with: 'name' 'hunter2' \r\n"
    with answering(refusal) as (port, _), pytest.raises(ResourceError) as raised:
        RedisCache(Place("127.0.0.1", port)).set("name", b"hunter2", px=1)
    assert str(raised.value) == "Redis refuses SET: ERR unknown command 'SET'"


def test_one_that_never_ends_its_answer_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cache = RedisCache(Place("127.0.0.1", listener.getsockname()[1]), timeout_s=0.2)

        def trickle() -> None:
            peer, _ = listener.accept()
            with suppress(OSError), peer:
                peer.sendall(b"$400\r\n")
                for _ in range(400):
                    peer.sendall(b"x")
                    time.sleep(0.05)

        threading.Thread(target=trickle, daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(ResourceError, match="no answer in time"):
            cache.get("name")
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"+OK\r\n",
        b"$five\r\n",
        b"$-2\r\n",
        b"$99999999999999999999\r\n",
        b"$1\r\nabc\r\n",
        b"$1\r\na\r\n$1\r\nb\r\n",
        b"$" + b"1" * 100_000,
    ],
)
def test_a_broken_reply_is_said_to_be_one(reply: bytes):
    with answering(reply, b"$1\r\na\r\n") as (port, _):
        cache = RedisCache(Place("127.0.0.1", port))
        with pytest.raises(ResourceError, match="not Redis, or its reply is broken"):
            cache.get("name")
        assert cache.get("name") == b"a"
        cache.close()


def test_an_answer_that_breaks_off_is_none():
    with answering(b"$5\r\nab") as (port, _):
        cache = RedisCache(Place("127.0.0.1", port), timeout_s=0.2)
        with pytest.raises(ResourceError, match="no answer in time"):
            cache.get("name")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key and the certificate of 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file


def test_with_tls_a_server_has_to_prove_who_it_is(certificate: Path, monkeypatch: pytest.MonkeyPatch):
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate)
    with answering(b"", b"$5\r\nvalue\r\n", b"", tls=server) as (port, commands):
        unknown = redis_cache(f"rediss://127.0.0.1:{port}", eager=True)
        with pytest.raises(ResourceError, match="SSLCertVerificationError"):
            unknown().get("name")
        assert commands == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = redis_cache(f"rediss://127.0.0.1:{port}")
        assert known().get("name") == b"value"
        known.close()
        other_name = redis_cache(f"rediss://localhost:{port}")
        with pytest.raises(ResourceError, match="SSLCertVerificationError"):
            other_name().get("name")
