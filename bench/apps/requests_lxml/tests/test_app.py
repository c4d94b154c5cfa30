"""The walk finds what is dead and what is lost."""

import json
import unittest
from pathlib import Path

import app

ROOT = Path(__file__).parents[1]


class Events(unittest.TestCase):
    """Every event, those held out too, is answered as in expected/."""

    def test_answers(self):
        for event in sorted((ROOT / "events").glob("*.json")):
            with self.subTest(event.stem):
                answer = app.handler(json.loads(event.read_text("utf-8")), None)
                expected = json.loads((ROOT / "expected" / event.name).read_text("utf-8"))
                assert json.loads(json.dumps(answer)) == expected


class Walk(unittest.TestCase):
    """Where the walk goes."""

    def test_each_page_is_read_once(self):
        pages = {
            path: {"body": '<a href="/">home</a><a href="/a">a</a><a href="/b">b</a>'} for path in ("/", "/a", "/b")
        }
        walked = app.handler({"pages": pages}, None)["pages"]
        assert [page["path"] for page in walked] == ["/", "/a", "/b"]

    def test_a_site_without_end_is_left(self):
        pages = {"/": {"body": '<a href="/0">on</a>'}}
        pages |= {f"/{n}": {"body": f'<a href="/{n + 1}">on</a>'} for n in range(300)}
        assert len(app.handler({"pages": pages}, None)["pages"]) == app.PAGES_MAX

    def test_other_sites_are_not_asked(self):
        pages = {"/": {"body": '<a href="https://elsewhere.example/">out</a><a href="mailto:a@b.example">mail</a>'}}
        assert app.handler({"pages": pages}, None)["dead_links"] == []


if __name__ == "__main__":
    unittest.main()
