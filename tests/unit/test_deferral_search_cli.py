"""``headstart bundle --defer`` on the command line, as far as no lab is needed."""

import pytest
from cli_fixture import Terminal, function


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    return Terminal(tmp_path, capsysbinary)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-e", "s3-put"), "--event is for --defer"),
        (("--minutes", "5"), "--minutes is for --defer"),
        (("--volatile", "response.id"), "--volatile is for --defer"),
        (("--defer", "--minutes", "0"), "--minutes is 0; allowed: 1 or more"),
        (("--defer", "--minutes", "soon"), "--minutes"),
        (("--defer", "-e", "nowhere.json"), "nowhere.json"),
        (("--defer", "-o", "function/out.zip"), "lies in"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(terminal, words, why):
    said = terminal.type("bundle", "function", "-o", "out.zip", "--runtime", "python3.11", *words)
    assert said.code == 2
    assert why in said.err
    assert "compiling" not in said.err


def test_a_layer_of_nothing_is_refused(terminal):
    said = terminal.type("bundle", "function", "-o", "out.zip", "--runtime", "python3.11", "--layer", "layer.zip")
    assert said.code == 2
    assert "--layer: there are no dependencies to put into a layer" in said.err


def test_a_lock_that_cannot_be_understood_is_said_before_anything_is_searched(terminal):
    (terminal.folder / "function/headstart.lock.json").write_text("[]")
    said = terminal.type("bundle", "function", "-o", "out.zip", "--runtime", "python3.11", "--defer")
    assert said.code == 2
    assert "headstart.lock.json is no lock of headstart's" in said.err
    assert "delete it: the next headstart bundle --defer searches anew" in said.err
    assert not (terminal.folder / "out.zip").exists()
