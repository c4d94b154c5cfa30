"""The handler, its checks, lines and metrics do the same on every Python that Lambda has."""

import json
import subprocess
from pathlib import Path

import pytest
from kit.test_import_budget import KIT, interpreters

PROGRAM = """
from __future__ import annotations

import sys
from dataclasses import dataclass, field

sys.path.insert(0, {kit!r})
from typing import Annotated, Literal, Optional, TypedDict

from headstart_kit.action_routing import actions
from headstart_kit.constraints import Email, Range
from headstart_kit.embedded_metrics import metrics
from headstart_kit.json_log import log

handler = actions()


@dataclass
class Item:
    sku: str
    count: Annotated[int, Range(1, 9)] = 1
    parts: list[Item] = field(default_factory=list)


class Address(TypedDict, total=False):
    city: str


@handler.action
def order(items: list[Item], email: Email, to: Address | None = None, by: Optional[Literal["air"]] = None) -> int:
    metrics.add("Ordered", len(items))
    log.info("ordered", email=email)
    return sum(item.count for item in items)


items = [{{"sku": "a", "count": 2, "parts": [{{"sku": "b"}}]}}]
print(handler({{"action": "order", "items": items, "email": "a@b.co"}}))
del items[0]["sku"]
print(handler({{"action": "order", "items": items, "email": "a@b.co\\n", "to": {{"city": 1}}, "by": "sea"}})["error"])
print(handler({{"httpMethod": "POST", "requestContext": {{}}, "body": "9" * 50_000}})["body"])
"""


@pytest.mark.parametrize(("version", "python"), interpreters().items(), ids=interpreters())
def test_a_program_does_the_same(version: str, python: str, tmp_path: Path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(kit=str(KIT)))
    done = subprocess.run([python, "-I", "-S", program], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [json.loads(line).get(key) for line, key in zip(lines, ["email", "Ordered"], strict=False)] == ["a@b.co", 1]
    assert lines[2] == "2"
    problems = (
        "items[0].sku is missing; email must be an e-mail address; to.city must be a string, is an integer; "
        'by must be one of "air", is "sea"'
    )
    assert problems in lines
    assert json.loads(lines[-1]) == {
        "error": "the body has a number of too many digits",
        "status": 400,
        "request_id": None,
    }
