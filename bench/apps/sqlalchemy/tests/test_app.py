"""The shop answers, and stays as it is."""

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


class Shop(unittest.TestCase):
    """What stays after a question."""

    def test_a_quote_takes_nothing_from_the_stock(self):
        quote = {"action": "quote", "lines": [{"title": "Dummy", "pieces": 9}]}
        assert [app.handler(quote, None) for _ in range(2)] == [{"total": "225.00"}] * 2

    def test_no_more_is_quoted_than_there_is(self):
        quote = {"action": "quote", "lines": [{"title": "Dummy", "pieces": 9}, {"title": "Dummy", "pieces": 1}]}
        assert app.handler(quote, None) == {"too_few": "Dummy"}

    def test_what_is_not_sold_is_said(self):
        quote = {"action": "quote", "lines": [{"title": "Smart", "pieces": 1}]}
        assert app.handler(quote, None) == {"unknown": "Smart"}


if __name__ == "__main__":
    unittest.main()
