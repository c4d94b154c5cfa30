"""Checks a site before it is published: walks its pages from the front page, and tells of dead links and lost pages.

The pages come in the event. A transport adapter serves them, so that the walk is the one that it would be on the web:
redirects, encodings, cookies and all.
"""

import io
from urllib.parse import urldefrag, urljoin

import requests
from lxml import html
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

SITE = "https://site.example"
PAGES_MAX = 100

session = requests.Session()


class Site(BaseAdapter):
    """Answers requests from the pages of an event."""

    def __init__(self, pages):
        super().__init__()
        self.pages = pages

    def send(self, request, **_):
        """The response to one request."""
        page = self.pages.get(request.path_url, {"status": 404})
        headers = {"Content-Type": page.get("type", "text/html; charset=utf-8")} | page.get("headers", {})
        response = requests.Response()
        response.status_code = page.get("status", 200)
        response.headers = requests.structures.CaseInsensitiveDict(headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        content = page.get("body", "").encode(response.encoding or "utf-8")
        response.raw = HTTPResponse(io.BytesIO(content), headers=headers, preload_content=False)
        response.url, response.request, response.connection = request.url, request, self
        return response

    def close(self):
        """Nothing is open."""


def handler(event, context):
    """Walk the site and report on it."""
    session.cookies.clear()
    session.mount(SITE, Site(event["pages"]))
    pages, dead = walk()
    return {
        "pages": pages,
        "dead_links": dead,
        "lost_pages": sorted(set(event["pages"]) - {page["path"] for page in pages} - {"/"} - redirected(event)),
    }


def walk():
    """What each page that can be reached says of itself, and the links that lead nowhere."""
    pages, dead, seen, pending = [], [], set(), [("/", None)]
    while pending and len(seen) < PAGES_MAX:
        path, origin = pending.pop(0)
        if path in seen:
            continue
        seen.add(path)
        response = session.get(SITE + path)
        if not response.ok:
            dead.append({"link": path, "on": origin, "status": response.status_code})
        elif response.headers["Content-Type"].startswith("text/html"):
            page, links = read(response)
            pages.append(page)
            pending += [(link, page["path"]) for link in links]
    return pages, dead


def read(response):
    """A page's summary, and the paths of this site that it links to."""
    tree = html.document_fromstring(response.text, ensure_head_body=True)
    targets = (urldefrag(urljoin(response.url, href)).url for href in tree.xpath("//a/@href | //img/@src"))
    links = [target.removeprefix(SITE) for target in targets if target.startswith(f"{SITE}/")]
    page = {
        "path": response.url.removeprefix(SITE),
        "title": tree.findtext(".//title"),
        "headings": [heading.text_content().strip() for heading in tree.xpath("//h1 | //h2")],
        "pictures_without_text": tree.xpath("//img[not(@alt)]/@src"),
        "words": len(tree.body.text_content().split()),
    }
    return page, links


def redirected(event):
    """The paths that are only another address of a page."""
    return {path for path, page in event["pages"].items() if "Location" in page.get("headers", {})}
