"""Fixes about speed are kept by what a lab measures and proves of them, and withdrawn with the reason."""

import inspect
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from cli_fixture import Terminal

from headstart.audit.registry import all_rules
from headstart.errors import PackageError
from headstart.infra.project import Project
from headstart.model.invocation import FunctionError, InvocationReport
from headstart.model.progress import Progress
from headstart.model.proof import FieldDifference, ProofResult, Verdict, VolatileField
from headstart.testing import Call, ScriptedInvoker, init_report, report

CODE = """\
import re

import boto3
import requests


def handler(event, context):
    s3 = boto3.client("s3")
    if event.get("url"):
        requests.get(event["url"], timeout=3)
    return [re.match(r"a+", line) is not None for line in event["lines"]], s3
"""
CLIENT, IMPORT, PATTERN = '\ns3 = boto3.client("s3")', "        import requests\n", "HANDLER_PATTERN"
Cost = Callable[[str], float]


class TryingLab:
    """A lab in which code takes the time that ``cold_ms`` and ``warm_ms`` say of its text, and is proved ``same``, or
    to differ in ``differs_in`` where it has a text."""

    def __init__(self, *, cold_ms: Cost = lambda _: 100.0, warm_ms: Cost = lambda _: 10.0, **proofs: object) -> None:
        self.cold_ms, self.warm_ms = cold_ms, warm_ms
        self.fails: Callable[[str], bool] = lambda code: False
        self.differs_in: dict[str, str] = {}
        self.volatile: tuple[str, ...] = ()
        self.refuses = ""
        for name, value in proofs.items():
            setattr(self, name, value)
        self.entered = self.left = self.environments = 0
        self.proved: list[str] = []

    def __call__(self, progress: Progress) -> "TryingLab":
        return self

    async def __aenter__(self) -> "TryingLab":
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left += 1

    async def invoker(self, project: Project) -> ScriptedInvoker:
        if self.refuses:
            raise PackageError(self.refuses)
        code = code_of(project)
        return ScriptedInvoker(project.spec, lambda call: self._report(call, code))

    def _report(self, call: Call, code: str) -> InvocationReport:
        self.environments += call.fresh
        jitter = (self.environments % 7) / 10
        took_ms = self.warm_ms(code) + jitter
        answer = report(
            took_ms,
            init=init_report(50.0, self.cold_ms(code) + jitter) if call.fresh else None,
            environment_id=str(self.environments),
            event_name=call.event.name,
            cpu_ms=took_ms,
        )
        if self.fails(code):
            return msgspec.structs.replace(answer, outcome=FunctionError(b"{}", "KeyError", "lines"))
        return answer

    async def prove(self, old: Project, new: Project) -> ProofResult:
        code = code_of(new)
        self.proved.append(code)
        fields = [field for text, field in self.differs_in.items() if text in code]
        differences = tuple(FieldDifference(place="fresh, 1", field=field, old="1", new="2") for field in fields)
        volatile = tuple(VolatileField(field=each, values=("1", "2"), places=1, decides=True) for each in self.volatile)
        verdict = Verdict.DIFFERENT if differences else Verdict.UNDECIDED if volatile else Verdict.SAME
        names = {"old_name": "old", "new_name": "new"}
        return ProofResult(
            **names, verdict=verdict, differences=differences, differing=len(differences), volatile=volatile
        )


def code_of(project: Project) -> str:
    with suppress(FileNotFoundError):
        return (project.spec.code / "app.py").read_text()
    return ""


@pytest.fixture
def terminal(tmp_path, monkeypatch, capfdbinary) -> Terminal:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(CODE)
    (tmp_path / "headstart.toml").write_text('[[events]]\npayload = "{}"\n')
    return Terminal(tmp_path, capfdbinary)


def cheaper(text: str, ms: float, usual_ms: float) -> Cost:
    return lambda code: usual_ms - (ms if text in code else 0.0)


def test_what_saves_is_kept_with_what_it_saves_and_what_does_not_is_withdrawn(terminal):
    lab = TryingLab(warm_ms=cheaper(CLIENT, 6, 10), cold_ms=cheaper(IMPORT, 40, 100))
    said = terminal.type("fix", "--measure", lab=lab)
    shown = said.out.decode()
    assert said.code == 0
    assert "HS401 saves" in shown
    assert "of warm invocation, 10." in shown
    assert "HS501 saves" in shown
    assert "it behaves as before in 1 event" in shown
    assert CLIENT.strip() in shown
    assert PATTERN not in shown
    assert "HS443 in app.py is withdrawn: it saves no time beyond noise" in said.err
    assert len(lab.proved) == 1
    assert (terminal.folder / "app.py").read_text() == CODE


def test_writing_measures_unless_told_not_to(terminal):
    lab = TryingLab(cold_ms=cheaper(IMPORT, 40, 100))
    assert terminal.type("fix", "--write", lab=lab).code == 0
    written = (terminal.folder / "app.py").read_text()
    assert IMPORT in written
    assert CLIENT not in written
    said = terminal.type("fix", "--write", "--no-measure", lab=lab)
    assert CLIENT in (terminal.folder / "app.py").read_text()
    assert "is not measured: --measure does" in said.err


def test_without_measuring_no_lab_is_opened(terminal):
    lab = TryingLab()
    said = terminal.type("fix", lab=lab)
    assert lab.entered == 0
    assert PATTERN in said.out.decode()
    assert "is not measured: --measure does" in said.err


def test_what_behaves_otherwise_is_withdrawn_and_the_others_stay(terminal):
    lab = TryingLab(
        warm_ms=cheaper(CLIENT, 6, 10), cold_ms=cheaper(IMPORT, 40, 100), differs_in={IMPORT: "response.total"}
    )
    said = terminal.type("fix", "--measure", lab=lab)
    assert "HS501 in app.py is withdrawn: it changes what the function does: response.total is 2, not 1" in said.err
    assert CLIENT.strip() in said.out.decode()
    assert IMPORT.strip() not in said.out.decode().replace("import requests\n", "", 1)
    assert len(lab.proved) == 3


def test_a_client_that_is_kept_may_send_less(terminal):
    lab = TryingLab(warm_ms=cheaper(CLIENT, 6, 10), differs_in={CLIENT: "network call 1"})
    said = terminal.type("fix", "--measure", lab=lab)
    assert "undecided: what it sends differs: network call 1 is 2, not 1" in said.err
    assert CLIENT.strip() in said.out.decode()


def test_what_makes_one_phase_slower_is_kept_if_it_is_cheaper_in_all(terminal):
    warm_ms, cold_ms = cheaper(CLIENT, 6, 10), cheaper(CLIENT, -30, 100)
    assert (
        CLIENT.strip()
        in terminal.type("fix", "--measure", lab=TryingLab(warm_ms=warm_ms, cold_ms=cold_ms)).out.decode()
    )
    slower = TryingLab(warm_ms=cheaper(CLIENT, -6, 10))
    assert (
        "it makes the init and first invocation and the warm invocation slower"
        in terminal.type("fix", "--measure", lab=slower).err
    )


def test_what_cannot_be_told_is_said(terminal):
    lab = TryingLab(cold_ms=cheaper(IMPORT, 40, 100), volatile=("response.time",))
    said = terminal.type("fix", "--measure", lab=lab)
    assert "undecided whether it behaves as before in 1 event" in said.out.decode()
    assert "whether the function behaves as before is undecided: response.time" in said.err


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (lambda code: True, "not measured: every event fails: KeyError: lines (1 x)"),
        (lambda code: code != CODE, "with it the function fails: KeyError: lines"),
    ],
)
def test_events_that_fail_prove_nothing(terminal, fails, why):
    said = terminal.type("fix", "--write", lab=TryingLab(fails=fails))
    assert why in said.err
    assert (terminal.folder / "app.py").read_text() == CODE


def test_what_is_no_function_is_not_measured(terminal):
    (terminal.folder / "headstart.toml").write_text('[[events]]\nfile = "gone.json"\n')
    said = terminal.type("fix", "--write")
    assert "is withdrawn: not measured: " in said.err
    assert "--no-measure makes edits that could not be measured all the same" in said.err
    assert (terminal.folder / "app.py").read_text() == CODE


def test_what_cannot_be_built_is_not_measured(terminal):
    said = terminal.type("fix", "--write", lab=TryingLab(refuses="pandas==0 is not to be had"))
    assert said.code == 0
    assert "HS401 in app.py is withdrawn: not measured: pandas==0 is not to be had" in said.err
    assert (terminal.folder / "app.py").read_text() == CODE


def test_the_hook_before_each_commit_leaves_out_what_takes_minutes_to_try():
    hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
    for registered in all_rules().values():
        makes_edits = re.search(r"edits?=", inspect.getsource(inspect.getmodule(registered.find)))
        if registered.rule.is_about_speed and makes_edits:
            assert f"--ignore {registered.rule.id}" in hooks
