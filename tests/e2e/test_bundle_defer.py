"""``headstart bundle --defer`` on a function whose imports are of each kind, as a user runs it."""

import json
import textwrap
from pathlib import Path

import pytest
from e2e.test_cli import headstart

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FILES = {
    "app.py": """
        from shop import prices, reports

        def handler(event, context):
            if "report" in event:
                return reports.of(event["report"])
            return {"total": prices.total(event["items"])}
        """,
    "shop/__init__.py": """
        from . import discounts
        """,
    "shop/prices.py": """
        RULES = []

        def total(items):
            found = sum(items)
            for rule in RULES:
                found = rule(found)
            return found
        """,
    # Nobody uses its name; what it does when it is loaded is used.
    "shop/discounts.py": """
        import unittest
        from . import prices

        prices.RULES.append(lambda total: total - 1)
        """,
    "shop/reports.py": """
        import asyncio

        def of(words):
            async def shout():
                return words.upper()
            return asyncio.run(shout())
        """,
    "headstart.toml": """
        [function]
        handler = "app.handler"
        runtime = "python3.11"
        memory_mb = 512

        [[events]]
        name = "one"
        payload = {items = [3, 4]}

        [[events]]
        name = "none"
        payload = {items = []}
        """,
}


def write(folder: Path, **changed: str) -> Path:
    for name, text in {**FILES, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
    return folder


def bundled(folder: Path, *words: str, code: int = 0) -> dict:
    done = headstart("bundle", "function", "-o", "out.zip", "--defer", "--json", "-", *words, folder=folder)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def answer(folder: Path, event: str, *words: str) -> tuple[object, str]:
    done = headstart("invoke", "out.zip", "-e", event, "--memory", "512", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_what_no_event_uses_is_deferred_and_what_matters_is_found_and_kept(tmp_path):
    write(tmp_path / "function")
    result = bundled(tmp_path)
    deferral = result["deferral"]
    assert deferral["proof"] == "same", deferral
    assert {each["of"]["text"] for each in deferral["deferred"]} == {"from shop import reports", "import unittest"}
    assert {"asyncio", "shop.reports"} <= set(deferral["kept_out"])
    (culprit,) = deferral["culprits"]
    assert (culprit["path"], culprit["text"]) == ("shop/__init__.py", "from . import discounts")
    assert "response.total differs in fresh, invocation 1" in culprit["reason"]
    whys = {each["of"]["text"]: each["why"] for each in deferral["decisions"]}
    assert whys["from shop import prices"] == "used by an event"
    # An event that nobody recorded is answered all the same, and says what it needed.
    assert answer(tmp_path, '{"items": [3, 4]}')[0] == {"total": 6}
    said, log = answer(tmp_path, '{"report": "late"}')
    assert said == "LATE"
    assert "headstart: a deferred import was needed: app.py:1:25 from shop import reports" in log
    said, log = answer(tmp_path, '{"report": "late"}', "--env", "HEADSTART_DEFERRAL=off")
    assert said == "LATE"
    assert "deferred import" not in log
    # The next build takes what was found, and is the same.
    first = (tmp_path / "out.zip").read_bytes()
    again = bundled(tmp_path)
    assert again["deferral"]["is_locked"]
    assert (tmp_path / "out.zip").read_bytes() == first
    # Without sources it is the same, in other places.
    assert bundled(tmp_path, "--no-sources")["deferral"]["is_locked"]
    assert answer(tmp_path, '{"report": "late"}')[0] == "LATE"


def test_a_function_that_never_answers_the_same_is_undecided_and_bundled_as_it_is(tmp_path):
    app = FILES["app.py"].replace('event["items"])}', 'event["items"]), "id": __import__("time").time_ns()}')
    write(tmp_path / "function", **{"app.py": app})
    deferral = bundled(tmp_path, code=1)["deferral"]
    assert (deferral["proof"], deferral["deferred"]) == ("undecided", [])
    assert deferral["doubts"] == ["response.id is never the same twice, without deferral either"]
    assert answer(tmp_path, '{"items": [3]}')[0]["total"] == 2
    assert not (tmp_path / "function/headstart.lock.json").exists()


def test_events_that_fail_already_are_refused_and_all_failing_ends_it(tmp_path):
    write(tmp_path / "function")
    done = headstart(
        *("bundle", "function", "-o", "out.zip", "--defer", "-e", '{"wrong": 1}', "-e", '{"wrong": 2}'), folder=tmp_path
    )
    assert done.returncode == 2
    assert "nothing can be optimised by events that all fail: KeyError: 'items' (2 x)" in done.stderr
    assert not (tmp_path / "out.zip").exists()
    result = bundled(tmp_path, "-e", '{"wrong": 1}', "-e", '{"items": [1]}')
    assert len(result["deferral"]["refused"]) == 1
    assert len(result["deferral"]["events"]) == 1
