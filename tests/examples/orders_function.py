"""The function of examples/orders in this process, which talks to the servers that the environment variables name."""

import importlib.util
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from awslambdaric.lambda_context import LambdaContext

FOLDER = Path(__file__).parents[2] / "examples/orders"
ORDER = json.loads((FOLDER / "events/process-order.json").read_text())
REQUEST_ID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
TIMEOUT_MS = 10_000


def set_up(database_url: str) -> None:
    """Make the tables in an empty database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute((FOLDER / "schema.sql").read_bytes())


class Orders:
    """One execution environment: its init phase is over when this is made."""

    def __init__(self) -> None:
        spec = importlib.util.spec_from_file_location("app", FOLDER / "app.py")
        assert spec
        assert spec.loader
        self.app: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.app)

    def __call__(self, event: object, *, timeout_ms: int = TIMEOUT_MS) -> Any:
        """What the function answers."""
        deadline_ms = int(time.time() * 1000) + timeout_ms
        arn = "arn:aws:lambda:us-east-1:123456789012:function:orders"
        return self.app.handler(event, LambdaContext(REQUEST_ID, None, None, deadline_ms, arn))

    def order(self, key: str, **changes: object) -> Any:
        """What it answers to an order with a key."""
        return self(ORDER | {"idempotency_key": key} | changes)

    def over_http(self, body: str | Mapping[str, object]) -> tuple[int, Any]:
        """Status and body of what it answers to a request over API Gateway."""
        request = json.loads((FOLDER / "events/process-order-over-http.json").read_text())
        answer = self(request | {"body": body if isinstance(body, str) else json.dumps(body)})
        return answer["statusCode"], json.loads(answer["body"])

    def close(self) -> None:
        """Close what it holds open."""
        for resource in (self.app.database, self.app.cache, self.app.s3):
            resource.close()
