"""``HttpClient`` in processes of their own: by the library that is there, after a fork, over TLS."""

import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.fan_out_fixture import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(params=["httpx", "aiohttp"])
def library(request: pytest.FixtureRequest) -> str:
    return request.param


def in_fresh_process(source: str, *arguments: str, **environ: str) -> str:
    kit = Path(__file__).parents[2] / "kit/src"
    command = [sys.executable, "-W", "error", "-c", source, *arguments]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(kit), **environ}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout


CHOICE = """
import importlib.abc, sys
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient

class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name in sys.argv[3].split():
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Without())
for name in sys.argv[2].split():
    __import__(name)
client = HttpClient(AllowList(private=[sys.argv[1]]))
outcome, = gather([lambda: client.get(sys.argv[1] + "/status/200")], on_error="keep")
print(outcome, *[name for name in ("aiohttp", "httpcore", "httpx") if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("loaded", "absent", "used"),
    [("", "", "httpcore"), ("aiohttp", "", "aiohttp"), ("", "httpcore", "aiohttp"), ("", "aiohttp", "httpcore")],
)
def test_the_library_that_is_there_is_used(server: Server, loaded: str, absent: str, used: str):
    said = in_fresh_process(CHOICE, server.origin, loaded, absent)
    assert said == f"HttpResponse(status=200, size_bytes=7) {used}\n"


def test_without_either_library_it_says_what_to_add(server: Server):
    said = in_fresh_process(CHOICE, server.origin, "", "httpcore aiohttp")
    assert "ResourceError('HttpClient needs httpx or aiohttp in the package" in said


FORK = """
import os, sys
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient

library, origin = sys.argv[1:]
client = HttpClient(AllowList(private=[origin]), library=library)

def get():
    gather([lambda: client.get(origin + "/status/200")])

get()
if not (pid := os.fork()):
    get()
    sys.exit(5)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
get()
"""


def test_a_forked_process_has_connections_of_its_own(server: Server, library):
    assert in_fresh_process(FORK, library, server.origin) == ""
    before, childs, after = server.peers
    assert before == after != childs


OVER_TLS = """
import sys
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient

library, port, *names = sys.argv[1:]

async def look_up(host, port):
    return ["127.0.0.1"]

urls = [f"https://{name}:{port}" for name in names]
client = HttpClient(AllowList(private=urls), library=library, lookup=look_up)
for url in urls:
    outcome, = gather([lambda: client.get(url + "/status/200")], on_error="keep")
    print(getattr(outcome, "status", None) or type(outcome.error).__name__)
"""


def certify(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate for ``name`` that signs itself, and its key."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day, now = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_over_tls_the_certificate_is_checked_for_the_name_not_the_address(tmp_path: Path, library):
    certificate, key = certify("orders.test", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(tls=context) as server:
        arguments = (library, str(server.port), "orders.test", "other.test")
        assert in_fresh_process(OVER_TLS, *arguments, SSL_CERT_FILE=str(certificate)).split() == [
            "200",
            "ConnectionError",
        ]
        assert in_fresh_process(OVER_TLS, *arguments).split() == ["ConnectionError", "ConnectionError"]
