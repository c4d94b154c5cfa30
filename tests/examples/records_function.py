"""The function of examples/records in this process, which talks to the S3 that the environment variables name."""

import importlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from awslambdaric.lambda_context import LambdaContext

FOLDER = Path(__file__).parents[2] / "examples/records"
REQUEST_ID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
MODULES = ("app", "cleaning", "datasets", "distributed", "durable", "make_people")


@contextmanager
def imported(name: str) -> Iterator[Any]:
    """A module of the function, in an init phase of its own."""
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))
        for module in MODULES:
            sys.modules.pop(module, None)


def context_of(timeout_ms: int) -> LambdaContext:
    """What Lambda says of an invocation that begins now."""
    deadline_ms = int(time.time() * 1000) + timeout_ms
    return LambdaContext(REQUEST_ID, None, None, deadline_ms, "arn:aws:lambda:us-east-1:123456789012:function:records")


class Records:
    """One execution environment of the function, and the S3 that it works on."""

    def __init__(self, app: Any, s3: Any, *, buckets: tuple[str, str]) -> None:
        self.app = app
        self.s3 = s3
        self.input_bucket, self.output_bucket = buckets

    def __call__(self, event: object, *, timeout_ms: int = 60_000) -> Any:
        """What the function answers."""
        return self.app.handler(event, context_of(timeout_ms))

    def process(self, key: str = "people.jsonl", **more: object) -> Any:
        """What it answers when it is to clean an object."""
        return self({"action": "process_large_dataset", "key": key} | more)

    def put(self, key: str, content: bytes | str) -> None:
        """Put an object into the input bucket."""
        self.s3.put_object(Bucket=self.input_bucket, Key=key, Body=content)

    def lines(self, key: str) -> list[Any]:
        """The lines of an object in the output bucket."""
        text = self.s3.get_object(Bucket=self.output_bucket, Key=key)["Body"].read()
        return [json.loads(line) for line in text.splitlines()]

    def output_keys(self) -> list[str]:
        """The keys of all objects in the output bucket."""
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.output_bucket).get("Contents", ())]
