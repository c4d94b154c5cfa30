"""Pictures come out as they should."""

import json
import unittest
from pathlib import Path

import app
from PIL import Image

ROOT = Path(__file__).parents[1]


class Events(unittest.TestCase):
    """Every event, those held out too, is answered as in expected/."""

    def test_answers(self):
        for event in sorted((ROOT / "events").glob("*.json")):
            with self.subTest(event.stem):
                answer = app.handler(json.loads(event.read_text("utf-8")), None)
                expected = json.loads((ROOT / "expected" / event.name).read_text("utf-8"))
                assert json.loads(json.dumps(answer)) == expected


class Steps(unittest.TestCase):
    """What the steps do to a picture."""

    def test_a_thumbnail_is_as_large_as_it_was_asked_for(self):
        for size in ((10, 300), (300, 10), (5, 5)):
            with self.subTest(size):
                assert app.thumbnail(Image.new("RGB", size), width=40, height=30).size == (40, 30)

    def test_grey_has_no_colours(self):
        assert app.grey(Image.new("RGB", (4, 4), "red")).mode == "L"

    def test_a_picture_too_large_is_refused(self):
        huge = app.write(Image.new("1", (4000, 2000)), "PNG")["picture"]
        assert "too large" in app.handler({"picture": huge}, None)["refused"]


if __name__ == "__main__":
    unittest.main()
