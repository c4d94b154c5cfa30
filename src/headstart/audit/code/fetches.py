"""Calls that fetch a URL, and where they take it."""

import ast
from collections.abc import Iterator

from headstart.audit.code.event import FromEvent
from headstart.audit.code.program import Call, Function

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_OWNERS = (
    *("requests", "requests.Session()", "requests.session()", "aiohttp.ClientSession()"),
    *("httpx", "httpx.Client()", "httpx.AsyncClient()"),
)
# The position of the URL.
URL_AT: dict[str, int] = {f"{owner}.{verb}": 0 for owner in _OWNERS for verb in _VERBS}
URL_AT |= {f"{owner}.request": 1 for owner in _OWNERS}
URL_AT |= {"urllib.request.urlopen": 0, "urllib.request.urlretrieve": 0, "urllib3.request": 1}
URL_AT |= {"urllib3.PoolManager().request": 1, "httpx.stream": 1, "httpx.AsyncClient().stream": 1}


def fetches_of_event_urls(event: FromEvent) -> Iterator[tuple[Function, Call]]:
    """Each call that fetches a URL whose host is the event's to choose."""
    for function in event.functions():
        for call in function.calls:
            if call.name in URL_AT:
                url = call.argument("url", URL_AT[call.name])
                if url is not None and _chooses_host(url) and event.holds(_start(url), function):
                    yield function, call


def _start(url: ast.expr) -> ast.expr:
    """The part of a URL that has its host."""
    if isinstance(url, ast.JoinedStr) and url.values:
        first = url.values[0]
        return first.value if isinstance(first, ast.FormattedValue) else first
    if isinstance(url, ast.BinOp):
        return _start(url.left)
    return url


def _chooses_host(url: ast.expr) -> bool:
    """Whether a text has no scheme and host of its own at its start; ``https://{host}`` has none."""
    if isinstance(url, ast.JoinedStr) and url.values and isinstance(url.values[0], ast.Constant):
        return False
    return not isinstance(_start(url), ast.Constant)
