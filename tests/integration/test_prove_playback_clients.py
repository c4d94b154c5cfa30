"""headstart prove in a real sandbox: the clients that Python code uses get played back what they once got."""

from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from outside_fixture import authority, outside
from prove_fixture import EVENTS, Pair
from test_prove_sent import shipped

CLIENTS = (Path(__file__).parent / "playback_clients.py").read_text()
SHIPPED = (
    *("requests", "certifi", "charset_normalizer", "idna", "httpx", "httpcore", "h11", "anyio", "typing_extensions"),
    *("aiohttp", "aiohappyeyeballs", "aiosignal", "attr", "frozenlist", "multidict", "propcache", "yarl"),
)


@pytest.mark.slow
async def test_every_client_gets_played_back_what_it_once_got(tmp_path):
    pair = Pair(tmp_path)
    pair.events, pair.timeout_s, pair.memory_mb = EVENTS[:1], 60, 1769
    certificate = authority(tmp_path / "old")
    shipped(tmp_path / "old", *SHIPPED)
    (tmp_path / "new").symlink_to("old")
    aws = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    aws.start()
    with outside() as plain, outside(certificate) as by_tls:
        port = aws.get_host_and_port()[1]
        pair.environment = {"PLAIN": plain.address, "TLS": by_tls.address, "AWS": f"http://127.0.0.1:{port}"}
        result = await pair.prove(CLIENTS, CLIENTS)
    aws.stop()
    assert (result.failing, result.unseen, result.differences) == ((), (), ())
    # requests' multipart/form-data has another boundary each time, and is answered all the same.
    assert {field.field for field in result.volatile if field.decides} == {"network call 40, body"}
    assert (len(plain.asked), len(by_tls.asked)) == (12 * 3, 22 * 3)
