"""Calls that fetch a URL, and where they take it."""

import ast
from collections.abc import Iterator

from headstart.audit.code.event import FromEvent
from headstart.audit.code.program import Call, Function, Module

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_OWNERS = (
    *("requests", "requests.Session()", "requests.session()", "aiohttp.ClientSession()"),
    *("httpx", "httpx.Client()", "httpx.AsyncClient()"),
)
_MADE_OF_PARTS = (ast.Name, ast.JoinedStr, ast.BinOp, ast.Constant)
# The position of the URL.
URL_AT: dict[str, int] = {f"{owner}.{verb}": 0 for owner in _OWNERS for verb in _VERBS}
URL_AT |= {f"{owner}.request": 1 for owner in _OWNERS}
URL_AT |= {"urllib.request.urlopen": 0, "urllib.request.urlretrieve": 0, "urllib3.request": 1}
URL_AT |= {"urllib3.PoolManager().request": 1, "httpx.stream": 1, "httpx.AsyncClient().stream": 1}


def fetches_of_event_urls(event: FromEvent) -> Iterator[tuple[Function, Call]]:
    """Each call that fetches a URL whose host is the event's to choose."""
    for function in event.functions():
        for call in function.calls:
            url = call.argument("url", URL_AT[call.name]) if call.name in URL_AT else None
            if url is not None and event.holds(_start(url, function.module), function):
                yield function, call


def _start(url: ast.expr, module: Module) -> ast.expr:
    """The part of a URL that has its host: of a name that of its one value, of a text its first part."""
    if isinstance(url, ast.Name):
        value = module.bindings.value(url)
        return _start(value, module) if isinstance(value, _MADE_OF_PARTS) else url
    if isinstance(url, ast.JoinedStr) and url.values:
        return _start(url.values[0], module)
    if isinstance(url, ast.FormattedValue):
        return _start(url.value, module)
    if isinstance(url, ast.BinOp):
        return _start(url.left, module)
    return url
