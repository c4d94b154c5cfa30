"""The function of examples/compute in this process."""

import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

from awslambdaric.lambda_context import LambdaContext

FOLDER = Path(__file__).parents[2] / "examples/compute"
REQUEST_ID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
TIMEOUT_MS = 30_000
# Where nothing is asked of a database and of S3.
UNUSED = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "DATA_BUCKET": "none"}
MODES = ("serial", "threads", "processes", "auto")
REQUEST = {
    "version": "2.0",
    "rawPath": "/compute",
    "headers": {"content-type": "application/json"},
    "requestContext": {"http": {"method": "POST", "path": "/compute"}, "stage": "$default"},
    "isBase64Encoded": False,
}


class Compute:
    """One execution environment: its init phase is over when this is made."""

    def __init__(self) -> None:
        spec = importlib.util.spec_from_file_location("app", FOLDER / "app.py")
        assert spec
        assert spec.loader
        self.app: Any = importlib.util.module_from_spec(spec)
        sys.path.insert(0, str(FOLDER))
        try:
            spec.loader.exec_module(self.app)
        finally:
            sys.path.remove(str(FOLDER))
            for file in FOLDER.glob("*.py"):  # the next environment reads its own settings
                sys.modules.pop(file.stem, None)

    def __call__(self, event: object, *, timeout_ms: int = TIMEOUT_MS) -> Any:
        """What the function answers, as JSON brings it."""
        deadline_ms = int(time.time() * 1000) + timeout_ms
        arn = "arn:aws:lambda:us-east-1:123456789012:function:compute"
        return json.loads(json.dumps(self.app.handler(event, LambdaContext(REQUEST_ID, None, None, deadline_ms, arn))))

    def batch(self, numbers: object, *, mode: str = "auto", timeout_ms: int = TIMEOUT_MS) -> Any:
        """What it answers to a batch of numbers."""
        return self({"action": "cpu_intensive_batch", "numbers": numbers, "mode": mode}, timeout_ms=timeout_ms)

    def benchmark(self, numbers: object, *, rounds: int, timeout_ms: int = TIMEOUT_MS) -> Any:
        """What it answers to a benchmark."""
        return self({"action": "performance_benchmark", "numbers": numbers, "rounds": rounds}, timeout_ms=timeout_ms)

    def tasks(self, *tasks: object, timeout_ms: int = TIMEOUT_MS, **terms: object) -> Any:
        """What it answers to tasks that wait."""
        return self({"action": "async_tasks", "tasks": list(tasks), **terms}, timeout_ms=timeout_ms)

    def over_http(self, body: str) -> tuple[int, Any]:
        """Status and body of what it answers to a request over API Gateway."""
        answer = self(REQUEST | {"body": body})
        return answer["statusCode"], json.loads(answer["body"])
