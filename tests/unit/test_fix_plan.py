"""From findings to changed files: planned as data, refused when something changed, written whole."""

from pathlib import Path

import pytest
from audit_fixture import finding

from headstart.audit.fix import apply, plan
from headstart.errors import EditError
from headstart.model.finding import ReplaceCode, SetProperty
from headstart.model.infrastructure import Place
from headstart.report import fix_as_diff

CODE = "a = f()\nb = f()\n"
TEMPLATE = "Resources:\n  A:\n    Type: T\n    Properties:\n      Timeout: 3\n"


def replacing(line: int, new: str = "g()") -> ReplaceCode:
    return ReplaceCode(file="app.py", line=line, column=5, old="f()", new=new)


def setting(value: int = 30, id_: str = "A") -> SetProperty:
    return SetProperty(file="template.yaml", id=id_, path=("Timeout",), value=value)


def answered(*edits, rule: str = "HS401", is_safe: bool = True):
    return finding(rule, edits=edits, is_safe=is_safe, place=Place(edits[0].file, getattr(edits[0], "line", 5)))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(CODE)
    Path("template.yaml").write_text(TEMPLATE)
    return tmp_path


def after(planned) -> dict[str, str]:
    return {change.file: change.after for change in planned.changes}


def test_edits_of_several_findings_and_files_are_one_plan():
    planned = plan.plan([answered(replacing(2)), answered(replacing(1), setting())])
    assert after(planned) == {
        "app.py": "a = g()\nb = g()\n",
        "template.yaml": TEMPLATE.replace("3", "30"),
    }
    assert [len(change.findings) for change in planned.changes] == [2, 1]


def test_edits_that_may_change_answers_wait_to_be_asked_for():
    unsafe = answered(replacing(1), is_safe=False)
    assert plan.plan([unsafe]).held_back == (unsafe,)
    assert after(plan.plan([unsafe], unsafe=True)) == {"app.py": CODE.replace("f", "g", 1)}


def test_all_edits_of_a_finding_or_none():
    planned = plan.plan([answered(replacing(1), setting(id_="Gone")), answered(replacing(2))])
    assert after(planned) == {"app.py": "a = f()\nb = g()\n"}
    ((refused,)) = planned.refused
    assert "Gone is not in it" in refused.why


def test_of_two_edits_of_one_place_the_first_is_made():
    planned = plan.plan([answered(replacing(1)), answered(replacing(1, "h()"), rule="HS402")])
    assert after(planned) == {"app.py": "a = g()\nb = f()\n"}
    assert [each.finding.rule for each in planned.refused] == ["HS402"]


def test_the_same_edit_of_two_findings_is_made_once():
    planned = plan.plan([answered(replacing(1)), answered(replacing(1), rule="HS402")])
    assert after(planned) == {"app.py": "a = g()\nb = f()\n"}
    assert planned.refused == ()


def test_what_is_so_already_is_no_change():
    assert plan.plan([answered(setting(3))]).changes == ()


def test_a_file_that_is_gone_is_refused():
    Path("app.py").unlink()
    ((refused,)) = plan.plan([answered(replacing(1))]).refused
    assert "app.py cannot be read" in refused.why


@pytest.mark.parametrize(
    ("marks", "name", "said"),
    [
        (("manifest.json", "cdk.out"), "cdk.out/asset.1/app.py", "made by cdk synth"),
        ((), ".aws-sam/build/A/app.py", "made by sam build"),
    ],
)
def test_what_another_program_makes_is_left_to_it(folder, marks, name, said):
    file = folder / name
    file.parent.mkdir(parents=True)
    file.write_text(CODE)
    for mark in marks:
        (folder / "cdk.out" / mark).write_text("{}")
    edit = ReplaceCode(file=name, line=1, column=5, old="f()", new="g()")
    ((refused,)) = plan.plan([answered(edit)]).refused
    assert said in refused.why


def test_written_with_the_mode_that_the_file_had():
    Path("app.py").chmod(0o750)
    apply.write(plan.plan([answered(replacing(1), setting())]).changes)
    assert Path("app.py").read_text() == "a = g()\nb = f()\n"
    assert Path("app.py").stat().st_mode & 0o777 == 0o750
    assert sorted(file.name for file in Path().iterdir()) == ["app.py", "template.yaml"]


def test_a_link_stays_a_link(folder):
    Path("app.py").rename("real.py")
    Path("app.py").symlink_to("real.py")
    apply.write(plan.plan([answered(replacing(1))]).changes)
    assert Path("app.py").is_symlink()
    assert Path("real.py").read_text() == "a = g()\nb = f()\n"


def test_nothing_is_written_when_one_file_has_changed_since():
    changes = plan.plan([answered(setting(), replacing(1))]).changes
    Path("template.yaml").write_text(TEMPLATE + "# more\n")
    with pytest.raises(EditError, match=r"template\.yaml has changed"):
        apply.write(changes)
    assert Path("app.py").read_text() == CODE


def test_line_ends_and_what_comes_after_the_last_one_stay():
    Path("app.py").write_bytes(b"a = f()\r\nb = '\xc3\xa9'")
    apply.write(plan.plan([answered(replacing(1))]).changes)
    assert Path("app.py").read_bytes() == b"a = g()\r\nb = '\xc3\xa9'"


def test_each_finding_has_a_plan_of_its_own_for_sarif():
    findings = [answered(replacing(1)), answered(setting(id_="Gone"), rule="HS101"), finding("HS102")]
    assert {fingerprint: after_of[0].after for fingerprint, after_of in plan.as_separate_plans(findings).items()} == {
        "hs4010000": "a = g()\nb = f()\n"
    }


def test_the_diff_is_one_that_patch_reads():
    Path("app.py").write_text("a = f()")
    shown = fix_as_diff.diff(plan.plan([answered(replacing(1))]))
    assert shown == (
        "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-a = f()\n\\ No newline at end of file\n"
        "+a = g()\n\\ No newline at end of file\n"
    )


def test_what_was_done_and_what_was_not_is_said():
    planned = plan.plan(
        [answered(replacing(1)), answered(setting(id_="Gone")), answered(replacing(2), rule="HS402", is_safe=False)]
    )
    assert list(fix_as_diff.closing_words(planned, is_written=True)) == [
        "fixed 1 finding in 1 file",
        "HS401 at template.yaml:5 is not fixed: template.yaml: Gone is not in it, but made of what is; "
        "edit that by hand",
        "not fixed, as it may change what the function answers: HS402 at app.py:2; --unsafe fixes it too",
    ]
    (first, *_) = fix_as_diff.closing_words(planned, is_written=False)
    assert first == "would fix 1 finding in 1 file; --write changes the files"
