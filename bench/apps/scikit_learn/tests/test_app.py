"""The model tells, explains and is told how good it is."""

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


class Model(unittest.TestCase):
    """The model that ships."""

    def test_it_knows_the_wines_that_it_was_trained_with(self):
        shares = app.MODEL.predict_proba(app.SAMPLES)
        assert shares.shape == (178, len(app.CULTIVARS))
        assert (shares.sum(axis=1) - 1 < 1e-09).all()

    def test_a_text_is_no_number(self):
        wine = dict.fromkeys(app.FEATURES, 1.0) | {"hue": "pale"}
        answer = app.handler({"action": "predict", "wines": [wine]}, None)
        assert answer == {"refused": "wine 1 has no number for hue"}


if __name__ == "__main__":
    unittest.main()
