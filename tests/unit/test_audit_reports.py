"""What an audit says on a screen, in JSON, in Markdown and in SARIF."""

import json
from pathlib import Path

import jsonschema
import pytest
from audit_fixture import audit_result, empty_result, finding, hostile_finding
from test_report_text import printed

from headstart.model.audit import NotRun
from headstart.model.fix import FileChange
from headstart.model.infrastructure import Place
from headstart.report import audit_as_json, audit_as_markdown, audit_as_sarif, audit_as_text

SCHEMA = json.loads((Path(__file__).parent / "schemas/sarif-2.1.0-rtm.5.json").read_text())
ROOT = Path("/project")
RESULTS = {
    "full": audit_result(),
    "empty": empty_result(),
    "hostile": audit_result(findings=(hostile_finding(),)),
    "fault": audit_result(faults=(NotRun(rule="HS101", why="KeyError: 'x'"),)),
}
ALL = pytest.mark.parametrize("result", RESULTS.values(), ids=list(RESULTS))


def sarif(result, **options) -> dict:
    log = json.loads(audit_as_sarif.encode(result, version="1.2.3", root=ROOT, **options))
    jsonschema.validate(log, SCHEMA)
    return log["runs"][0]


def test_the_screen_says_rule_place_why_and_what_to_do():
    lines = printed(audit_as_text.render(audit_result())).splitlines()
    assert lines[0].startswith("What matters most: Orders provisions 50 and reserves 5")
    shown = "\n".join(line.rstrip() for line in lines)
    for said in (
        "template.yaml:12  error  HS101 provisioned-above-reserved\n   Orders provisions 50",
        "   → reserve 50 or more, or provision 5 or less\n",
        "   → make it once, at module level  headstart fix does it\n   −41.5 ms per cold start",
        "−41.5 ms per cold start · −$1.25 per month (by the last check)",
        "Not understood\n   template.yaml:40  Nested: its template is not here",
        "Looked at src: 4 Python files",
        "headstart-report/report.json is older than the code in src",
        "Not reported: 1 finding ignored by a comment",
        "Not reported: 1 finding in the baseline",
        "Not run: HS306, which needs a measurement: headstart check",
        "3 findings of 3 rules: 1 error, 1 warning, 1 info. Why: headstart audit --explain HS101",
    ):
        assert said in shown


def test_findings_of_a_file_stand_together_the_worst_file_first():
    findings = (finding(place=Place("b.yaml", 9)), finding(place=Place("a.yaml", 1)), finding(place=Place("b.yaml", 1)))
    shown = printed(audit_as_text.render(audit_result(findings=findings)))
    places = [shown.index(f"{place}  error") for place in ("b.yaml:9", "b.yaml:1", "a.yaml:1")]
    assert places == sorted(places)


def test_no_fix_is_promised_of_a_file_that_another_program_makes():
    edited = audit_result().findings[1]
    for generated, promised in (({}, True), ({edited.place.file: "src is made by x"}, False)):
        shown = printed(audit_as_text.render(audit_result(findings=(edited,), generated=generated)))
        assert ("headstart fix does it" in shown) == promised
        assert ("src is made by x" in shown) != promised


def test_many_rules_that_did_not_run_are_counted():
    not_run = tuple(NotRun(rule=f"HS{number}", why="needs a template") for number in range(101, 111))
    assert "Not run: 10 rules, which need a template" in printed(audit_as_text.render(audit_result(not_run=not_run)))


def test_nothing_to_say_is_said():
    assert "No findings." in printed(audit_as_text.render(empty_result()))


@ALL
@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_screen_is_safe_everywhere(result, width):
    shown = printed(audit_as_text.render(result), width=width)
    assert max(len(line) for line in shown.splitlines()) <= min(width, 110)
    assert "\x1b" not in shown
    assert printed(audit_as_text.render(result), encoding="ascii").isascii()


@ALL
def test_json_has_all_of_it(result):
    document = json.loads(audit_as_json.encode(result))
    assert [each["rule"] for each in document["findings"]] == [each.rule for each in result.findings]
    assert set(document) == set(result.__struct_fields__)


def test_json_has_words_for_severities_and_text_for_money():
    document = json.loads(audit_as_json.encode(audit_result()))
    warning = document["findings"][1]
    assert (warning["severity"], warning["saves_usd_month"], warning["place"]["line"]) == ("warning", "1.25", 3)
    assert warning["edits"][0]["type"] == "replace-code"
    assert document["suppressed"][0]["reason"] == "measured"


def test_markdown_is_a_table_for_a_pull_request():
    page = audit_as_markdown.render(audit_result())
    assert page.startswith("### Headstart audit: 1 error, 1 warning, 1 info\n\nWhat matters most: ")
    assert (
        "| warning | HS401 | `src/app.py:3` | a client is made \\| by each &lt;invocation> of \\`app\\` "
        "(measured: −41.5 ms per cold start, −$1.25 per month) | make it once, at module level |\n" in page
    )


@pytest.mark.parametrize("result", [audit_result(findings=(hostile_finding(),) * 500), empty_result()])
def test_markdown_fits_into_a_comment_and_each_row_has_its_cells(result):
    page = audit_as_markdown.render(result)
    assert len(page) < 65_536
    rows = [line for line in page.splitlines() if line.startswith("| error")]
    assert {row.replace("\\|", "").count("|") for row in rows} <= {6}


@ALL
def test_sarif_is_valid(result):
    assert sarif(result)["invocations"][0]["executionSuccessful"] is not bool(result.faults)


def test_sarif_names_rules_places_and_fingerprints():
    run = sarif(audit_result())
    rules = run["tool"]["driver"]["rules"]
    first = run["results"][0]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "HS101"
    assert rules[0]["name"] == "ProvisionedAboveReserved"
    assert rules[0]["help"]["markdown"].startswith("### HS101 provisioned-above-reserved")
    assert first["level"] == "error"
    assert first["partialFingerprints"] == {"headstart/v1": "hs1010000"}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "template.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 7},
    }
    assert [each["level"] for each in run["results"][:3]] == ["error", "warning", "note"]


def test_sarif_has_what_is_suppressed_and_why():
    suppressions = [each["suppressions"][0] for each in sarif(audit_result())["results"] if "suppressions" in each]
    assert [each["kind"] for each in suppressions] == ["inSource", "external"]
    assert suppressions[0]["justification"] == "measured"


@pytest.mark.parametrize(
    ("file", "uri"),
    [("/project/a b.yaml", "a%20b.yaml"), ("../x.yaml", "../x.yaml"), ("/other/x.yaml", "file:///other/x.yaml")],
)
def test_sarif_paths_are_relative_to_the_root_where_they_are_in_it(file, uri):
    run = sarif(audit_result(findings=(finding(place=Place(file, 1)),)))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_has_fixes_as_replaced_lines():
    change = FileChange(file="src/app.py", before="a\nb\nc\n", after="a\nx\nc\nd\n", findings=())
    run = sarif(audit_result(), fixes={"hs4010000": (change,)})
    (fix,) = run["results"][1]["fixes"]
    replacements = fix["artifactChanges"][0]["replacements"]
    assert [(each["deletedRegion"]["startLine"], each["insertedContent"]["text"]) for each in replacements] == [
        (2, "x\n"),
        (4, "d\n"),
    ]


def test_sarif_counts_lines_and_columns_as_it_says(tmp_path):
    before = "a = 1\n\f\nb = 'é\u2028' + f()\n"
    change = FileChange(file="app.py", before=before, after=before.replace("f()", "g()"), findings=())
    run = sarif(audit_result(), fixes={finding().fingerprint: (change,)})
    assert run["columnKind"] == "unicodeCodePoints"
    [replacement] = run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"] == {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 1}
