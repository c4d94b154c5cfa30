"""TLS between a function and a server: certificates for the one, and towards the other the trust of the first."""

import ssl
from collections.abc import Callable
from typing import Final

import msgspec
import trustme

_HTTP: Final = "http/1.1"
# Chosen only by a client that speaks nothing else; what is said then is passed through.
_HTTP2: Final = "h2"


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a function asks of a server's certificate; ``anchors`` are those that it trusts, in DER."""

    verifies: bool = True
    checks_name: bool = True
    anchors: tuple[bytes, ...] = ()


class Certificates:
    """An authority that no one but the functions of one proof trusts."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._trust: dict[str, Trust] = {}

    @property
    def pem(self) -> str:
        """What the functions have to trust."""
        return self._authority.cert_pem.bytes().decode("ascii")

    def learn(self, name: str, trust: Trust) -> None:
        """The function is about to connect to ``name``, which is empty where it does not say."""
        self._trust[name] = trust

    def for_function(self, name: str, *, asked: Callable[[str], None]) -> ssl.SSLContext:
        """A server's context that has a certificate for ``name``, or for what the client asks for, if it does."""

        def choose(end: ssl.SSLObject, server_name: str | None, *_: object) -> None:
            if server_name:
                asked(server_name)
                end.context = self._context(server_name)

        context = self._made(name)
        context.sni_callback = choose
        return context

    def for_server(self, name: str, *, protocol: str | None) -> ssl.SSLContext:
        """A client's context that trusts what the function does, beside what this machine trusts."""
        trust = self._trust.get(name) or self._trust.get("") or Trust()
        context = ssl.create_default_context()
        context.check_hostname = trust.verifies and trust.checks_name
        context.verify_mode = ssl.CERT_REQUIRED if trust.verifies else ssl.CERT_NONE
        if trust.anchors:
            context.load_verify_locations(cadata=b"".join(trust.anchors))
        if protocol:
            context.set_alpn_protocols([protocol])
        return context

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            self._contexts[name] = self._made(name)
        return self._contexts[name]

    def _made(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols([_HTTP, _HTTP2])
        self._authority.issue_cert(name).configure_cert(context)
        return context
