"""Which URLs a function may call, so that none that it is given leads to where only the function gets.

Names alone do not tell: the addresses that a host has at the time are checked as well. Loopback (Lambda's Runtime API),
link-local addresses (credentials), and whatever a VPC reaches are not for others to choose.
"""

from __future__ import annotations

import re

from headstart_kit.errors import AddressRefusedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS = {"https": 443, "http": 80}
_ANY_LABELS = "*."
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]+\]|[^\[\]:]+)(:[0-9]*)?")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Where parsers differ in what they read: white space, control characters, the backslash.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Target:
    """A URL in parts that no two parsers read differently."""

    __slots__ = ("host", "path", "port", "scheme")

    def __init__(self, host: str, *, scheme: str, port: int, path: str) -> None:
        self.host = host
        self.scheme = scheme
        self.port = port
        self.path = path

    @property
    def authority(self) -> str:
        """The host, and the port if it is not the scheme's."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What may be said of it in a message: a path or query may hold a secret."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole of it."""
        return self.origin + self.path

    def covers(self, host: str, *, port: int) -> bool:
        """Whether the host and port of another are these, where ``*.`` stands for one label or more."""
        is_covered = host.endswith(self.host[1:]) if self.host.startswith(_ANY_LABELS) else host == self.host
        return is_covered and port == self.port


class AllowList:
    """The origins that may be called: ``api.example.com``, ``*.example.com``, ``api.example.com:8443``,
    ``http://api.example.com``; without a scheme it is https, and without a port the scheme's. Those in ``private`` may
    have private addresses, all others must have public ones."""

    __slots__ = ("_origins", "_private")

    def __init__(self, *public: str, private: Iterable[str] = ()) -> None:
        """
        Raises:
            ValueError: an origin cannot be read, or would allow too much.
        """
        self._private = [_origin(text) for text in private]
        self._origins = [_origin(text) for text in public] + self._private

    def check(self, url: str) -> Target:
        """The URL in parts, if it may be called. Of a host that is a name its addresses are yet to be checked.

        Raises:
            AddressRefusedError: it may not be called.
        """
        try:
            target = parse(url)
        except ValueError as error:
            raise AddressRefusedError(f"the URL {error}") from None
        if not any(one.scheme == target.scheme and one.covers(target.host, port=target.port) for one in self._origins):
            raise AddressRefusedError(f"{target.origin} may not be called; allowed: {self}; name it in the AllowList")
        if ":" in target.host or _ends_in_a_number(target.host):
            self.check_address(target.host, host=target.host, port=target.port)
        return target

    def check_address(self, address: str, *, host: str, port: int) -> None:
        """Check an address that the host has now.

        Raises:
            AddressRefusedError: it is not public, and the host is not in ``private``.
        """
        if not is_public(address) and not any(one.covers(host, port=port) for one in self._private):
            raise AddressRefusedError(
                f"{host} has the address {address}, which is not public; if that is right, name it in private="
            )

    def __str__(self) -> str:
        return ", ".join(one.origin for one in self._origins) or "nothing"


def parse(url: str) -> Target:
    """The parts of an http or https URL, without its fragment, and with what is not ASCII in its path quoted.

    Raises:
        ValueError: it is none, or could be read in two ways; the message goes on after "the URL".
    """
    from urllib.parse import quote, urlsplit

    if _AMBIGUOUS.search(url):
        raise ValueError("has white space, control characters or a backslash: quote them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("has no host or port that can be read") from None
    if parts.scheme not in _PORTS:
        raise ValueError(f"begins with {parts.scheme!r}; allowed: https, http")
    if "@" in parts.netloc:
        raise ValueError("has a user or password: send them in a header")
    if not _HOST_AND_PORT.fullmatch(parts.netloc):
        raise ValueError("has no host or port that can be read")
    host = _host(parts.hostname or "")
    query = f"?{parts.query}" if parts.query else ""
    path = quote((parts.path or "/") + query, safe=_PRINTABLE)
    return Target(host, scheme=parts.scheme, port=_PORTS[parts.scheme] if port is None else port, path=path)


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet; one that stands for an IPv4 address is what that is."""
    import ipaddress

    parsed = ipaddress.ip_address(address)
    if parsed.version == 6:
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in ipaddress.ip_network("64:ff9b::/96"):  # NAT64, which a VPC may have
            embedded = ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
        if embedded is not None:
            return is_public(str(embedded))
        if parsed not in ipaddress.ip_network("2000::/3"):
            return False
    return parsed.is_global and not parsed.is_multicast


def _origin(text: str) -> Target:
    """Read an origin of the list."""
    url = text if "://" in text else f"https://{text}"
    try:
        origin = parse(url.replace("://*.", "://", 1))
    except ValueError as error:
        raise ValueError(f"{text!r}: the URL {error}") from None
    if origin.path != "/":
        raise ValueError(f"{text!r} has more than a scheme, a host and a port")
    if "://*." in url:
        if "." not in origin.host or _ends_in_a_number(origin.host):
            raise ValueError(f"{text!r} allows too much: a name of two labels or more must follow the *")
        origin.host = _ANY_LABELS + origin.host
    return origin


def _host(name: str) -> str:
    """A host in the one form that all parsers read alike."""
    import ipaddress

    name = name.removesuffix(".")
    try:
        if ":" in name and "%" not in name:
            return str(ipaddress.IPv6Address(name))
        if _ends_in_a_number(name):
            # Others read 2130706433, 0x7f.1, 0177.0.0.1 and 127.1 as 127.0.0.1; this does not.
            return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise ValueError(f"has the host {name!r}, which is no address in its usual form") from None
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise ValueError(f"has the host {name!r}; allowed: an address, or a name in ASCII (others in punycode)")
    return name


def _ends_in_a_number(name: str) -> bool:
    return _NUMBER.fullmatch(name.rpartition(".")[2]) is not None
