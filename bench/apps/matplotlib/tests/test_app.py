"""Charts are drawn, and the same each time."""

import json
import os
import tomllib
import unittest
from pathlib import Path

settings = tomllib.loads((Path(__file__).parents[1] / "headstart.toml").read_text("utf-8"))
os.environ |= settings["function"]["environment"]

import app  # noqa: E402  (it reads its settings)

ROOT = Path(__file__).parents[1]


class Events(unittest.TestCase):
    """Every event, those held out too, is answered as in expected/."""

    def test_answers(self):
        for event in sorted((ROOT / "events").glob("*.json")):
            with self.subTest(event.stem):
                answer = app.handler(json.loads(event.read_text("utf-8")), None)
                expected = json.loads((ROOT / "expected" / event.name).read_text("utf-8"))
                assert json.loads(json.dumps(answer)) == expected


class Charts(unittest.TestCase):
    """What is drawn."""

    def test_a_chart_is_the_same_each_time(self):
        for kind in app.METADATA:
            with self.subTest(kind):
                event = {"chart": "bars", "data": {"a": 1, "b": 2}, "format": kind}
                assert app.handler(event, None) == app.handler(event, None)

    def test_no_figure_is_left(self):
        app.handler({"chart": "lines", "data": {"a": [1, 2]}}, None)
        assert app.plt.get_fignums() == []

    def test_an_unknown_format_is_refused(self):
        answer = app.handler({"chart": "bars", "data": {}, "format": "bmp"}, None)
        assert answer == {"refused": "format bmp is not one of png, svg, pdf"}


if __name__ == "__main__":
    unittest.main()
