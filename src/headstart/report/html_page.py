"""What every page is: one document that needs nothing else, no network, no fonts, no other file."""

import base64
import hashlib
from importlib import resources

from headstart.report.markup import EMPTY, Markup, el, text


def page(title: str, *parts: Markup, script: str = "") -> str:
    """A document with ``parts`` as its body; ``script`` names the asset that brings it to life."""
    style, code = _asset("report.css"), _asset(script) if script else EMPTY
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(style, code)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", text(title)),
        el("style", style),
    )
    body = el("body", *parts, el("script", code) if code else EMPTY)
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def _asset(name: str) -> Markup:
    return Markup(resources.files("headstart.report").joinpath("assets", name).read_text(encoding="utf-8"))


def _policy(style: Markup, script: Markup) -> str:
    """No network at all; only this very style and this very script."""
    of_script = f"script-src {_digest(script)}; " if script else ""
    return f"default-src 'none'; style-src {_digest(style)}; {of_script}base-uri 'none'; form-action 'none'"


def _digest(content: Markup) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
