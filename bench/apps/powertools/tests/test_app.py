"""Parcels are rated, and bad scans come again."""

import json
import os
import tomllib
import unittest
from pathlib import Path
from types import SimpleNamespace

settings = tomllib.loads((Path(__file__).parents[1] / "headstart.toml").read_text("utf-8"))
os.environ |= settings["function"]["environment"]

import app  # noqa: E402  (it reads its settings)

CONTEXT = SimpleNamespace(
    function_name="parcels",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:parcels",
    aws_request_id="8f507cfc-5ed4-4e2d-8f0e-000000000001",
)
ROOT = Path(__file__).parents[1]


class Events(unittest.TestCase):
    """Every event, those held out too, is answered as in expected/."""

    def test_answers(self):
        for event in sorted((ROOT / "events").glob("*.json")):
            with self.subTest(event.stem):
                answer = app.handler(json.loads(event.read_text("utf-8")), CONTEXT)
                expected = json.loads((ROOT / "expected" / event.name).read_text("utf-8"))
                assert json.loads(json.dumps(answer)) == expected


class Parcels(unittest.TestCase):
    """What parcels cost."""

    def test_the_smallest_size_that_fits(self):
        sizes = [app.rate([side], weight_g=1, country="DE")[0] for side in (35, 36, 60, 61, 120)]
        assert sizes == ["S", "M", "M", "L", "L"]

    def test_too_long_is_refused(self):
        request = json.loads((ROOT / "events/parcel.json").read_text("utf-8"))
        request["body"] = json.dumps({"sides_cm": [121], "weight_g": 1})
        answer = app.handler(request, CONTEXT)
        assert answer["statusCode"] == 400
        assert "121 cm is too long" in answer["body"]


if __name__ == "__main__":
    unittest.main()
