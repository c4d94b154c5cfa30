"""headstart prove, in a scripted lab."""

import json
from pathlib import Path

import pytest
from cli_fixture import Terminal, function

from headstart.infra.project import Project
from headstart.model.progress import Progress
from headstart.model.proof import FieldDifference, ProofResult, Verdict, VolatileField

SAME = ProofResult(
    old_name="old", new_name="new", verdict=Verdict.SAME, seen_planted=("the log",), events=1, compared=9, rounds=2
)
DIFFERENT = ProofResult(
    old_name="old",
    new_name="new",
    verdict=Verdict.DIFFERENT,
    differences=(FieldDifference(place="warm, invocation 2 (empty)", field="response.total", old="1", new=None),),
    differing=7,
    failing=("two: KeyError: x",),
    rounds=3,
)
UNDECIDED = ProofResult(
    old_name="old",
    new_name="new",
    verdict=Verdict.UNDECIDED,
    volatile=(VolatileField(field="response.id", values=("1", "2"), places=4, decides=True),),
    rounds=2,
)


class ProvingLab:
    """A lab that gives one result."""

    def __init__(self, result: ProofResult) -> None:
        self.result = result
        self.entered = self.left = 0
        self.asked: list[tuple[Project, Project, Path | None]] = []
        self.plays_back: list[bool] = []

    def __call__(self, _: Progress) -> "ProvingLab":
        return self

    async def __aenter__(self) -> "ProvingLab":
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left += 1

    async def prove(self, old: Project, new: Project, *, tests: Path | None, plays_back: bool) -> ProofResult:
        self.asked.append((old, new, tests))
        self.plays_back.append(plays_back)
        return self.result


@pytest.fixture
def terminal(tmp_path: Path, capfdbinary, monkeypatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "old")
    function(tmp_path / "new")
    return Terminal(tmp_path, capfdbinary)


@pytest.mark.parametrize(
    ("result", "code", "said"),
    [
        (SAME, 0, "same: 9 values of 1 event are the same"),
        (DIFFERENT, 1, "different: response.total differs in warm, invocation 2 (empty), and 6 values more"),
        (UNDECIDED, 1, "undecided: nothing differs, but response.id is never the same twice"),
    ],
    ids=["same", "different", "undecided"],
)
def test_the_answer_is_a_word_with_its_reason_and_an_exit_code(terminal, result, code, said):
    done = terminal.type("prove", "old", "new", lab=ProvingLab(result))
    assert done.code == code
    assert said in done.out.decode()


def test_the_first_difference_is_shown_from_both_sides_and_what_fails_in_both(terminal):
    out = terminal.type("prove", "old", "new", lab=ProvingLab(DIFFERENT)).out.decode()
    assert "− 1" in out
    assert "+ (absent)" in out
    assert "two: KeyError: x" in out


def test_events_and_services_are_those_of_the_old_one_and_flags_go_to_both(terminal):
    (terminal.folder / "old/headstart.toml").write_text("[services]\nredis = true\n[[events]]\npayload = 7\n")
    lab = ProvingLab(SAME)
    terminal.type("prove", "old", "new", "--memory", "512", "--tests", "tests", lab=lab)
    ((old, new, tests),) = lab.asked
    assert ([event.payload for event in old.events], old.services.redis, tests) == ([b"7"], True, Path("tests"))
    assert (old.spec.memory.mb, new.spec.memory.mb) == (512, 512)
    assert (old.spec.code.name, new.spec.code.name) == ("old", "new")


def test_servers_of_others_are_played_back_unless_the_user_says_no(terminal):
    lab = ProvingLab(SAME)
    terminal.type("prove", "old", "new", lab=lab)
    terminal.type("prove", "old", "new", "--no-playback", lab=lab)
    assert lab.plays_back == [True, False]


def test_json_goes_to_a_file_or_alone_to_stdout(terminal):
    terminal.type("prove", "old", "new", "--json", "deep/proof.json", lab=ProvingLab(DIFFERENT))
    assert json.loads((terminal.folder / "deep/proof.json").read_text())["verdict"] == "different"
    done = terminal.type("prove", "old", "new", "--json", "-", lab=ProvingLab(UNDECIDED))
    assert (done.code, json.loads(done.out)["volatile"][0]["field"]) == (1, "response.id")


@pytest.mark.parametrize(
    ("words", "said"),
    [(("old",), "NEW_PATH"), (("old", "gone"), "gone"), (("old", "new", "--json", "new"), "is not a file")],
)
def test_a_wrong_request_is_refused_before_anything_runs(terminal, words, said):
    lab = ProvingLab(SAME)
    done = terminal.type("prove", *words, lab=lab)
    assert (done.code, lab.asked) == (2, [])
    assert said in done.err
