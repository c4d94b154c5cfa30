"""``headstart bundle --preload`` on the command line, as far as no lab is needed."""

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
        (("--dry-run",), "--dry-run is for --preload"),
        (("--defer", "--dry-run"), "--dry-run is for --preload"),
        (("-o", "out.zip", "-e", "s3-put"), "--event is for --defer, --preload"),
        (("-o", "out.zip", "--preload", "--minutes", "5"), "--minutes is for --defer"),
        (("-o", "out.zip", "--side-archive", "--initialization", "snap-start"), "--initialization is for --defer"),
        (
            ("--preload", "--dry-run", "--initialization", "warm"),
            "--initialization is 'warm'; allowed: on-demand, prov",
        ),
        (("--preload",), "--output is missing"),
        (("--preload", "--dry-run", "-e", "nowhere.json"), "nowhere.json"),
        (("--preload", "-o", "function/out.zip"), "lies in"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(terminal, words, why):
    said = terminal.type("bundle", "function", "--runtime", "python3.11", *words)
    assert said.code == 2
    assert why in said.err
    assert "hint: " in said.err
    assert "compiling" not in said.err
