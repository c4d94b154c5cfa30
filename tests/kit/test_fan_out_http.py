"""``HttpClient`` against a real server: the same by httpx and by aiohttp."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from kit.fan_out_fixture import LOOPBACK, Server, serving

from headstart_kit import deadline as deadlines
from headstart_kit.deadline import Deadline
from headstart_kit.errors import AddressRefusedError, DeadlineError, HttpStatusError, TooLargeError
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient, HttpResponse
from headstart_kit.fan_out.retry import Retries
from headstart_kit.parallel.outcomes import FailedItem

MB_BYTES = 1024 * 1024


@pytest.fixture(scope="module")
def _server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(_server: Server) -> Server:
    _server.peers.clear()
    _server.paths.clear()
    _server.broken_off.clear()
    return _server


@pytest.fixture(params=["httpx", "aiohttp"])
def library(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def client(server: Server, library) -> HttpClient:
    return HttpClient(AllowList(private=[server.origin]), library=library)


def fetch(client: HttpClient, url: str, **options) -> HttpResponse:
    (response,) = gather([partial(client.get, url, **options)])
    return response


def test_a_response_is_read_to_its_end(client: HttpClient, server: Server):
    sent = partial(
        client.request, "put", f"{server.origin}/echo?a=1&b=%2F", headers={"X-Key": "k"}, body="größe".encode()
    )
    (response,) = gather([sent])
    seen = response.json()
    assert (seen["method"], seen["body"], seen["path"]) == ("PUT", "größe", "/echo?a=1&b=%2F")
    assert (seen["headers"]["x-key"], seen["headers"]["host"]) == ("k", f"{LOOPBACK}:{server.port}")
    assert (response.status, response.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert response.url == f"{server.origin}/echo?a=1&b=%2F"


def test_d83_the_size_of_a_response_is_in_bytes(client: HttpClient, server: Server):
    response = fetch(client, f"{server.origin}/status/200")
    assert (response.text(), response.size_bytes) == ("grüße", 7)
    assert repr(response) == "HttpResponse(status=200, size_bytes=7)"


def test_d83_connections_are_kept_from_one_invocation_to_the_next(client: HttpClient, server: Server):
    for _ in range(5):
        gather([partial(client.get, f"{server.origin}/slow/0.01")] * 3)
    assert len(server.peers) == 15
    assert len(set(server.peers)) == 3


def test_a_connection_that_was_closed_in_the_freeze_is_not_used_again(client: HttpClient, server: Server):
    for _ in range(3):
        posted = partial(client.request, "POST", f"{server.origin}/echo", body=b"once")
        (response,) = gather([posted])
        assert response.json()["body"] == "once"
        server.close_idle()
        # Until its end has come through; the loop does not run meanwhile, as in a freeze.
        threading.Event().wait(0.05)
    assert len(server.peers) == 3


def test_a_status_is_an_error_when_asked(client: HttpClient, server: Server):
    assert fetch(client, f"{server.origin}/status/404").status == 404
    with pytest.raises(HttpStatusError, match="the response has the status 404") as caught:
        fetch(client, f"{server.origin}/status/404").raise_for_status()
    assert caught.value.status == 404
    assert fetch(client, f"{server.origin}/status/204").raise_for_status().body == b""


@pytest.mark.parametrize(("status", "requests"), [(503, 3), (429, 3), (500, 1), (404, 1)])
def test_a_passing_status_is_tried_again(client: HttpClient, server: Server, status: int, requests: int):
    async def fetch_good() -> HttpResponse:
        return (await client.get(f"{server.origin}/status/{status}")).raise_for_status()

    with pytest.raises(HttpStatusError):
        gather([fetch_good], retries=Retries(2, first_pause_s=0))
    assert len(server.paths) == requests


def test_a_connection_that_breaks_is_tried_again(client: HttpClient, server: Server):
    broken = partial(client.request, "POST", f"{server.origin}/broken")
    with pytest.raises(ConnectionError, match=f"{server.origin} cannot be reached or did not answer as it should"):
        gather([broken], retries=Retries(2, first_pause_s=0))
    assert len(server.paths) == 3


def test_where_nobody_listens_is_a_connection_error(library):
    with socket.create_server((LOOPBACK, 0)) as unused:
        origin = f"http://{LOOPBACK}:{unused.getsockname()[1]}"
    client = HttpClient(AllowList(private=[origin]), library=library)
    with pytest.raises(ConnectionError, match=f"{origin} cannot be reached"):
        fetch(client, f"{origin}/?token=secret")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "//2130706433/",
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
    ],
)
def test_d83_no_redirect_leads_to_where_no_request_may_go(client: HttpClient, server: Server, status: int, to: str):
    with pytest.raises(AddressRefusedError):
        fetch(client, f"{server.origin}/redirect/{status}?to={to}")
    assert len(server.paths) == 1


def test_a_redirect_is_followed_to_what_is_allowed(client: HttpClient, server: Server):
    response = fetch(client, f"{server.origin}/redirect/302?to=/status/201")
    assert (response.status, response.url) == (201, f"{server.origin}/status/201")
    with pytest.raises(HttpStatusError, match="more than 3 redirects"):
        fetch(client, f"{server.origin}/loop")
    assert server.paths[2:] == ["/loop", "/loop/1", "/loop/2", "/loop/3"]


@pytest.mark.parametrize(
    ("status", "method", "as_method"),
    [(301, "POST", "GET"), (303, "PUT", "GET"), (302, "PUT", "PUT"), (307, "POST", "POST"), (308, "POST", "POST")],
)
def test_a_redirect_keeps_the_method_or_makes_it_get(
    client: HttpClient, server: Server, status: int, method: str, as_method: str
):
    sent = partial(client.request, method, f"{server.origin}/redirect/{status}?to=/echo", body=b"body")
    seen = gather([sent])[0].json()
    assert (seen["method"], seen["body"]) == (as_method, "" if as_method == "GET" else "body")


def test_d83_another_origin_does_not_learn_what_was_meant_for_the_first(server: Server, library):
    with serving() as other:
        client = HttpClient(AllowList(private=[server.origin, other.origin]), library=library)
        headers = {"Authorization": "Bearer t", "Cookie": "c=1", "X-Api-Key": "k", "Accept": "text/plain"}
        seen = fetch(client, f"{server.origin}/redirect/307?to={other.origin}/echo", headers=headers).json()
        assert set(seen["headers"]) == {"host", "accept", "accept-encoding", "user-agent"}
        seen = fetch(client, f"{server.origin}/redirect/307?to=/echo", headers=headers).json()
        assert {"authorization", "cookie", "x-api-key"} <= set(seen["headers"])


def test_nobody_else_gets_a_cookie(client: HttpClient, server: Server):
    assert fetch(client, f"{server.origin}/cookie/alice").headers["set-cookie"].startswith("session=alice")
    assert "cookie" not in fetch(client, f"{server.origin}/echo").json()["headers"]


def test_the_host_is_that_of_the_url(client: HttpClient, server: Server):
    with pytest.raises(ValueError, match="it is always that of the URL"):
        fetch(client, f"{server.origin}/echo", headers={"HOST": "internal"})
    with pytest.raises((ValueError, TypeError)):
        fetch(client, f"{server.origin}/echo", headers={"X-Key": "k\r\nHost: internal"})
    assert server.paths == []


def test_d83_a_body_is_capped_while_it_arrives(server: Server, library):
    client = HttpClient(AllowList(private=[server.origin]), max_mb=1, library=library)
    with pytest.raises(TooLargeError, match=rf"the response of {server.origin} has more than {MB_BYTES} bytes"):
        fetch(client, f"{server.origin}/huge")
    assert server.broken_off.wait(20)


def test_d83_a_body_that_announces_too_much_is_not_read(server: Server, library):
    client = HttpClient(AllowList(private=[server.origin]), max_mb=1, library=library)
    with pytest.raises(TooLargeError):
        fetch(client, f"{server.origin}/announced/{MB_BYTES + 1}")
    (head,) = gather([partial(client.request, "HEAD", f"{server.origin}/status/200")])
    assert (head.status, head.body) == (200, b"")


def test_a_response_must_be_complete_in_time(client: HttpClient, server: Server):
    for path in ("/never", f"/announced/{MB_BYTES}"):
        with pytest.raises(TimeoutError, match=rf"{server.origin} did not answer completely within 0\.1 s"):
            fetch(client, server.origin + path, timeout_s=0.1)
    assert fetch(client, f"{server.origin}/slow/0").text() == "late"


def test_the_deadline_bounds_a_request(client: HttpClient, server: Server):
    before = deadlines.begin(Deadline(500, margin_ms=0))
    try:
        outcomes = gather(
            [partial(client.get, f"{server.origin}/{path}") for path in ("status/200", "never", "never")],
            on_error="keep",
            limit=2,
        )
        assert isinstance(outcomes[0], HttpResponse)
        assert all(isinstance(item, FailedItem) and isinstance(item.error, DeadlineError) for item in outcomes[1:])
        with pytest.raises(DeadlineError):
            asyncio.run(client.get(f"{server.origin}/status/200"))
    finally:
        deadlines.begin(before)
    assert fetch(client, f"{server.origin}/status/200").status == 200


class Names:
    """A resolver that gives what it is told, one answer after the other, and the last one for good."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_d83_the_address_that_was_checked_is_the_one_that_is_connected_to(server: Server, library):
    names = Names([LOOPBACK], ["169.254.169.254"])
    allow = AllowList(private=[f"http://orders.internal:{server.port}"])
    client = HttpClient(allow, library=library, lookup=names)
    seen = fetch(client, f"http://orders.internal:{server.port}/echo").json()
    assert seen["headers"]["host"] == f"orders.internal:{server.port}"
    assert names.asked == [("orders.internal", server.port)]


@pytest.mark.parametrize(
    "addresses", [[LOOPBACK], ["8.8.8.8", LOOPBACK], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["fd00:ec2::254"]]
)
def test_d83_a_public_name_with_a_private_address_is_refused(server: Server, library, addresses: list[str]):
    client = HttpClient(AllowList(f"http://api.example.com:{server.port}"), library=library, lookup=Names(addresses))
    with pytest.raises(AddressRefusedError, match=r"api\.example\.com has the address .*, which is not public"):
        fetch(client, f"http://api.example.com:{server.port}/echo")
    assert server.paths == []


def test_other_addresses_are_tried_when_one_does_not_answer(server: Server, library):
    names = Names(["127.0.0.2", LOOPBACK])  # the server listens on one of them only
    client = HttpClient(AllowList(private=[f"http://two.test:{server.port}"]), library=library, lookup=names)
    assert fetch(client, f"http://two.test:{server.port}/status/200").status == 200


def test_a_name_is_looked_up_by_the_system(server: Server, library):
    client = HttpClient(AllowList(private=[f"http://localhost:{server.port}"]), library=library)
    assert fetch(client, f"http://localhost:{server.port}/status/200").status == 200
    nowhere = HttpClient(AllowList("nowhere.invalid"), library=library)
    with pytest.raises(OSError, match=r"nowhere\.invalid|resolution|not known"):
        fetch(nowhere, "https://nowhere.invalid/")


async def test_it_works_in_another_event_loop(client: HttpClient, server: Server):
    assert (await client.get(f"{server.origin}/status/200")).status == 200
    assert (await client.get(f"{server.origin}/status/200")).status == 200
    assert len(set(server.peers)) == 1


def test_the_library_is_one_of_two():
    with pytest.raises(ValueError, match="library is 'requests'; allowed: httpx, aiohttp, or None"):
        HttpClient(AllowList(), library="requests")  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [{"timeout_s": 0}, {"max_mb": 0}, {"max_redirects": -1}])
def test_numbers_are_checked(numbers):
    with pytest.raises(ValueError, match="allowed are > 0, > 0 and >= 0"):
        HttpClient(AllowList(), **numbers)
