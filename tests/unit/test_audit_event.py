"""What comes from the event is followed through a program; what may have been checked is not."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from headstart.audit.code.event import FromEvent
from headstart.audit.code.reader import read


def held(tmp_path: Path, code: str) -> set[str]:
    """The marked expressions, ``see(x)``, that hold a part of the event."""
    (tmp_path / "app.py").write_text(dedent(code))
    program = read(tmp_path)
    event = FromEvent(program.functions["app.handler"])
    return {
        ast.unparse(call.node.args[0])
        for call in program.every_call()
        if isinstance(call.node.func, ast.Name) and call.node.func.id == "see"
        if event.holds(call.node.args[0], call.in_function)
    }


@pytest.mark.parametrize(
    "expression",
    [
        "event",
        "event['a']",
        "event.get('a', 1)",
        "event['a'][0].strip().lower()",
        "f'x{event}'",
        "'x' + event['a']",
        "int(event['a'])",
        "[event['a'], 1]",
        "{'a': event['a']}",
        "[part for part in event['a']]",
        "event['a'] or 1",
        "1 if other else event['a']",
    ],
)
def test_a_part_of_the_event_in_an_expression(tmp_path: Path, expression: str):
    assert held(tmp_path, f"def handler(event, context):\n    see({expression})") == {
        ast.unparse(ast.parse(expression).body[0].value)
    }


@pytest.mark.parametrize(
    "expression", ["1", "other", "context.name", "check(event)", "len(event)", "min(event['a'], 3)"]
)
def test_what_is_no_part_of_the_event_or_may_have_been_checked(tmp_path: Path, expression: str):
    assert held(tmp_path, f"def handler(event, context):\n    see({expression})") == set()


def test_names_are_followed_through_assignments_and_loops(tmp_path: Path):
    code = """
        import json

        def handler(event, context):
            body = json.loads(event["body"])
            for item in body["items"]:
                name, size = item
                see(name)
            if (first := body["first"]):
                see(first)
            total = 0
            total += event["more"]
            see(total)
            see(context)
    """
    assert held(tmp_path, code) == {"name", "first", "total"}


def test_it_is_followed_into_functions_methods_and_what_is_nested_in_them(tmp_path: Path):
    code = """
        class Shop:
            def take(self, order, *, note=""):
                see(order)
                see(note)

        def count(rows, limit):
            see(rows)
            see(limit)
            def inner(limit):
                see(limit + 1)
                see(rows[0])
            return inner(2)

        def unused(event):
            see(event["never"])

        def handler(event, context):
            Shop().take(event["order"], note=event["note"])
            count(event["rows"], 3)
    """
    assert held(tmp_path, code) == {"order", "note", "rows", "rows[0]"}


def test_functions_that_call_each_other_come_to_an_end(tmp_path: Path):
    code = """
        def walk(node):
            see(node)
            for child in node["children"]:
                walk(child)

        def handler(event, context):
            walk(event["tree"])
    """
    assert held(tmp_path, code) == {"node"}
