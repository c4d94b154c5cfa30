"""headstart init --events."""

import pytest
from cli_fixture import HANDLER, Terminal, function

from headstart.infra import config_file
from headstart.infra.event_proposals.proposing import uncovered


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "code", 'routes = {"GET /a": 1, "GET /b": 2}\n' + HANDLER)
    return Terminal(tmp_path, capsysbinary)


def test_init_writes_the_events_and_the_file_that_names_them(terminal):
    said = terminal.type("init", "code", "--events")
    assert (said.code, b"code/events/get-a.json is written: GET /a (app.py:1)" in said.out) == (0, True)
    made = config_file.read(terminal.folder / "code")
    assert [event.name for event in made.events] == ["get-a", "get-b"]
    assert uncovered(made) == ()
    again = terminal.type("init", "code", "--events")
    assert (again.code, again.out, "no event is missing" in again.err) == (0, b"", True)


def test_init_adds_tables_to_a_file_that_has_some_and_writes_over_nothing(terminal):
    code = terminal.folder / "code"
    (code / "events").mkdir()
    (code / "events/get-b.json").write_text('{"mine": 1}')
    config = code / "headstart.toml"
    config.write_text('[[events]]\nname = "a"\nsample = "sqs"\nweight = 0.25\n# mine')
    assert terminal.type("init", "code", "--events").code == 0
    assert config.read_text().startswith('[[events]]\nname = "a"\nsample = "sqs"\nweight = 0.25\n# mine\n\n[[events]]')
    assert (code / "events/get-b.json").read_text() == '{"mine": 1}'
    events = config_file.read(code).events
    assert {event.name: event.weight for event in events} == dict.fromkeys(("a", "get-a", "get-b-2", "get-b"), 0.25)


def test_a_file_that_takes_no_tables_stays_and_they_are_printed(terminal):
    config = terminal.folder / "code/headstart.toml"
    config.write_text('events = [{sample = "sqs"}]\n')
    said = terminal.type("init", "code", "--events")
    assert (said.code, config.read_text()) == (0, 'events = [{sample = "sqs"}]\n')
    assert "add to" in said.err
    assert 'file = "events/get-a.json"' in said.err


TEMPLATE = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Handler: app.handler, Runtime: python3.13, Code: code/}
  Rows:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Orders, EventSourceArn: "arn:aws:sqs:eu-central-1:123456789012:rows"}
"""


def test_events_of_a_templates_function_lie_where_they_are_found(terminal):
    (terminal.folder / "stack.yml").write_text(TEMPLATE)
    assert terminal.type("init", "stack.yml", "--events").code == 0
    assert {file.name for file in (terminal.folder / "events").iterdir()} == {"get-a.json", "get-b.json", "sqs.json"}
    assert uncovered(config_file.read(terminal.folder / "stack.yml")) == ()
