"""No URL leads to where only the function gets, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart_kit.errors import AddressRefusedError
from headstart_kit.fan_out.allow_list import AllowList, is_public, parse

ALLOWED = AllowList("api.example.com", "*.example.org", "api.example.com:8443", private=["http://orders.internal:8080"])


@pytest.mark.parametrize(
    ("url", "as_called"),
    [
        ("https://api.example.com", "https://api.example.com/"),
        ("HTTPS://API.Example.com.:443/a/../b?q=1&r=%20#part", "https://api.example.com/a/../b?q=1&r=%20"),
        ("https://api.example.com:8443/x", "https://api.example.com:8443/x"),
        ("https://a.b.example.org/größe?ü=1", "https://a.b.example.org/gr%C3%B6%C3%9Fe?%C3%BC=1"),
        ("http://orders.internal:8080/1", "http://orders.internal:8080/1"),
    ],
)
def test_what_is_named_may_be_called(url: str, as_called: str):
    assert ALLOWED.check(url).url == as_called


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://evil.com/", "https://evil.com may not be called; allowed: https://api.example.com, "),
        ("https://api.example.com.evil.com/", "may not be called"),
        ("https://evilexample.org/", "may not be called"),
        ("https://example.org/", "may not be called"),
        ("http://api.example.com/", "http://api.example.com may not be called"),
        ("https://api.example.com:22/", "https://api.example.com:22 may not be called"),
        ("https://api.example.com:0/", "may not be called"),
        ("https://orders.internal:8080/", "may not be called"),
        ("https://169.254.169.254/latest/meta-data", "may not be called"),
        ("https://user:secret@api.example.com/", "has a user or password"),
        ("https://api.example.com@169.254.169.254/", "has a user or password"),
        ("https://api.example.com;@evil.com/", "has a user or password"),
        ("https://evil.com\\@api.example.com/", "white space, control characters or a backslash"),
        ("https://api.example.com\\.evil.com/", "white space, control characters or a backslash"),
        (" https://api.example.com/", "white space, control characters or a backslash"),
        ("https://api.example.com/\r\nX-Header: 1", "white space, control characters or a backslash"),
        ("https://api.exa\tmple.com/", "white space, control characters or a backslash"),
        ("https://evil.com#@api.example.com/", "https://evil.com may not be called"),
        ("https://evil.com?@api.example.com/", "https://evil.com may not be called"),
        ("https://%61pi.example.com/", "has the host '%61pi.example.com'"),
        ("https://api。example。com/", "has the host"),
        ("https://①⑥⑨.254.169.254/", "host"),
        ("https://api.example.com:port/", "no host or port that can be read"),
        ("https://[::1/", "no host or port that can be read"),
        ("https:///path", "no host or port that can be read"),
        ("https:api.example.com", "no host or port that can be read"),
        ("//api.example.com/", "begins with ''"),
        ("file:///etc/passwd", "begins with 'file'; allowed: https, http"),
        ("gopher://api.example.com/", "begins with 'gopher'"),
    ],
)
def test_d83_no_other_url_may_be_called(url: str, message: str):
    with pytest.raises(AddressRefusedError) as caught:
        ALLOWED.check(url)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "0", "1.2.3.4.5", "127.0.0.0x1", "08"],
)
def test_d83_an_address_has_one_form(host: str):
    with pytest.raises(AddressRefusedError):
        AllowList("api.example.com", "127.0.0.1").check(f"https://{host}/")


@pytest.mark.parametrize("host", ["[fe80::1%25eth0]", "[fe80::1%eth0]", "[v1.x]", "[::1]x"])
def test_d83_an_address_has_no_zone(host: str):
    with pytest.raises(AddressRefusedError):
        AllowList(private=["[fe80::1]", "[::1]"]).check(f"https://{host}/")


# fmt: off
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "169.254.170.2", "169.254.100.1", "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
    "2002:a9fe:a9fe::", "2001:db8::1", "fe80::1", "fe80::1%2", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "100::1", "4000::1",
]
# fmt: on
PUBLIC = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_d83_an_address_that_only_the_function_reaches_is_not_public(address: str):
    assert not is_public(address)
    allowed = AllowList("api.example.com", private=["http://orders.internal:8080"])
    with pytest.raises(AddressRefusedError, match=r"api\.example\.com has the address .*, which is not public"):
        allowed.check_address(address, host="api.example.com", port=443)
    allowed.check_address(address, host="orders.internal", port=8080)
    with pytest.raises(AddressRefusedError):
        allowed.check_address(address, host="orders.internal", port=443)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str):
    assert is_public(address)
    AllowList("api.example.com").check_address(address, host="api.example.com", port=443)


def test_an_address_in_the_list_must_be_public_or_in_private():
    with pytest.raises(AddressRefusedError, match=r"127\.0\.0\.1 has the address 127\.0\.0\.1, which is not public"):
        AllowList("127.0.0.1").check("https://127.0.0.1/")
    assert AllowList(private=["127.0.0.1", "[0:0::1]"]).check("https://[::1]/").url == "https://[::1]/"
    assert AllowList("8.8.8.8").check("https://8.8.8.8/").host == "8.8.8.8"


@pytest.mark.parametrize(
    "origin",
    ["*", "*.com", "*.0.0.1", "**.example.com", "a.*.com", "", "https://api.example.com/v1", "ftp://a.com", "u@a.com"],
)
def test_an_origin_that_allows_too_much_or_cannot_be_read_is_refused(origin: str):
    with pytest.raises(ValueError, match=r"^'"):
        AllowList(origin)


def test_nothing_is_allowed_by_an_empty_list():
    with pytest.raises(AddressRefusedError, match="allowed: nothing"):
        AllowList().check("https://api.example.com/")


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.sampled_from(["https://", "https://api.example.com", ""]))
def test_d83_what_is_called_is_read_the_same_by_others(text: str, beginning: str):
    import yarl

    try:
        target = parse(beginning + text)
    except ValueError:
        return
    other = yarl.URL(target.url, encoded=True)
    assert (other.scheme, other.host, other.port) == (target.scheme, target.host, target.port)
    assert other.user is None
    assert parse(target.url).url == target.url
    assert target.url.isascii()
