"""The catalogue answers its events, and sends only what it says."""

import json
import os
import tomllib
import unittest
from pathlib import Path

settings = tomllib.loads((Path(__file__).parents[1] / "headstart.toml").read_text("utf-8"))
os.environ |= settings["function"]["environment"] | {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}

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


class Requests(unittest.TestCase):
    """What would be sent."""

    def test_a_picture_is_also_sent_to_the_thumbnailer(self):
        operations = self.operations("picture")
        assert operations == ["DynamoDB_20120810.PutItem", "AmazonSQS.SendMessage"]

    def test_requests_are_of_one_invocation(self):
        assert self.operations("removed") == self.operations("removed")

    def test_what_is_no_upload_is_left_alone(self):
        record = {"eventName": "ObjectTagging:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}
        assert app.handler({"Records": [record]}, None) == {"done": ["ignored ObjectTagging:Put of k"], "requests": []}

    def operations(self, name):
        event = json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
        return [request["operation"] for request in app.handler(event, None)["requests"]]


if __name__ == "__main__":
    unittest.main()
