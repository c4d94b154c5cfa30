"""The stacks of examples/stacks as their users meet them: linted, audited, and run from what synth wrote."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cloudformation_validate
import pytest
from examples.stacks_of_the_course import RUNTIME, STACKS, Made, make, module
from examples.test_orders_environment import decoded

from headstart.cdk import Architecture
from headstart.infra.config_file import THIS_HOST

PERFORMANCE, CONCURRENCY = "performance_optimized", "concurrency_optimized"
ORDERS = STACKS.parent / "orders"
RUNS = [
    *((PERFORMANCE, "Orders", ORDERS, event.stem) for event in sorted((ORDERS / "events").iterdir())),
    (CONCURRENCY, "Critical", STACKS / CONCURRENCY, "critical"),
    (CONCURRENCY, "Standard", STACKS / CONCURRENCY, "standard"),
    (CONCURRENCY, "Batch", STACKS / CONCURRENCY, "batch"),
]
CLASSES = {PERFORMANCE: "PerformanceOptimized", CONCURRENCY: "ConcurrencyOptimized"}


class Folders:
    """The stacks as they are deployed, and as they run on this machine, whose architecture may be another."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: dict[tuple[str, Architecture], Made] = {}

    def made(self, stack: str, architecture: Architecture) -> Made:
        """A stack for an architecture, made once."""
        if (stack, architecture) not in self._made:
            class_ = getattr(module(stack), CLASSES[stack])
            outdir = self.root / architecture.value / stack / "cdk.out"
            self._made[stack, architecture] = make(class_, outdir, architecture=architecture)
        return self._made[stack, architecture]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return Folders(tmp_path_factory.mktemp("stacks"))


@pytest.fixture(params=CLASSES)
def deployed(request: pytest.FixtureRequest, folders: Folders) -> Made:
    return folders.made(request.param, Architecture.ARM64)


def headstart(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "headstart", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def template(made: Made) -> Path:
    (found,) = made.folder.glob("*.template.json")
    return found


@pytest.mark.parametrize(("stack", "numbers"), [(PERFORMANCE, range(1, 22)), (CONCURRENCY, range(22, 41))])
def test_the_page_of_a_stack_has_a_test_for_every_defect(stack: str, numbers: range):
    page = (STACKS / stack / "README.md").read_text()
    rows = dict(re.findall(r"^\| D(\d\d) \| .+? \| .+? \| (.+) \|$", page, re.MULTILINE))
    assert {f"{number:02}" for number in numbers} <= rows.keys()
    source = "".join(path.read_text() for path in Path(__file__).parent.glob("test_stack_for_*.py"))
    for number, cell in rows.items():
        tests = re.findall(r"`(test_\w+)`", cell)
        assert tests, number
        for test in tests:
            assert f"d{number}_" in test
            assert f"def {test}(" in source, f"{test} is in no test_stack_for_….py"


@pytest.mark.slow
@pytest.mark.parametrize("stack", CLASSES)
def test_an_app_needs_no_node_but_that_of_the_extra(stack: str, tmp_path: Path):
    (tmp_path / "kit").symlink_to(STACKS.parents[1] / "kit")
    shutil.copytree(ORDERS, tmp_path / "examples/orders")
    folder = tmp_path / "examples/stacks" / stack
    shutil.copytree(STACKS / stack, folder, ignore=shutil.ignore_patterns("cdk.out"))
    kept = {name: value for name, value in os.environ.items() if name != "JSII_NODE"}
    context = json.dumps({"runtime": RUNTIME, "architecture": THIS_HOST.architecture})
    environment = kept | {"PATH": "/nowhere", "CDK_CONTEXT_JSON": context}
    command = [sys.executable, "app.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "cdk.out/manifest.json").is_file()


@pytest.mark.slow
def test_cfn_lint_says_nothing_but_that_the_cdk_orders_twice(deployed: Made):
    command = [Path(sys.executable).with_name("cfn-lint"), "--format", "json", template(deployed)]
    said = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    assert {one["Rule"]["Id"] for one in said if one["Level"] != "Informational"} == {"W3005"}


def test_cloudformation_validate_says_nothing_but_that_either(deployed: Made):
    report = cloudformation_validate.CompositeEngine().validate_template(str(template(deployed)))
    informational = {cloudformation_validate.Severity.INFO, cloudformation_validate.Severity.DEBUG}
    assert {one.rule_id for one in report.diagnostics if one.severity not in informational} == {"W3005"}


@pytest.mark.slow
def test_the_audit_has_nothing_to_warn_of(deployed: Made):
    done = headstart("audit", deployed.folder, "--json", "-", "--fail-on", "warning")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["findings"], "what there is to know of reserved concurrency is not even told"
    assert not found["not_understood"]


@pytest.mark.slow
@pytest.mark.parametrize("stack", CLASSES)
def test_a_folder_is_audited_with_its_app_its_handlers_and_what_synth_wrote(
    stack: str, *, tmp_path: Path, folders: Folders
):
    folder = tmp_path / stack
    made = folders.made(stack, Architecture.ARM64)
    shutil.copytree(STACKS / stack, folder, ignore=shutil.ignore_patterns("cdk.out"))
    shutil.copytree(made.folder, folder / "cdk.out")
    done = headstart("audit", folder, "--json", "-", "--fail-on", "warning")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("stack", "function", "folder", "event"), RUNS)
def test_a_function_answers_as_expected_from_its_template(
    stack: str, function: str, folder: Path, *, event: str, folders: Folders
):
    made = folders.made(stack, THIS_HOST.architecture)
    done = headstart(
        "invoke", made.folder, "--function", logical_id(made, function), "-e", folder / f"events/{event}.json"
    )
    assert done.returncode == 0, done.stderr
    expected = json.loads((folder / f"expected/{event}.json").read_text())
    assert decoded(json.loads(done.stdout)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stack", "function", "folder", "event"), [RUNS[1], *RUNS[-3:]], ids=lambda value: str(value).rpartition("/")[2]
)
def test_check_explains_a_function_as_its_template_has_it(
    stack: str, function: str, folder: Path, *, event: str, folders: Folders, tmp_path: Path
):
    made = folders.made(stack, THIS_HOST.architecture)
    words = ("--function", logical_id(made, function), "-e", folder / f"events/{event}.json", "--runs", "2")
    done = headstart("check", made.folder, *words, "--json", "-", "--output", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)["function"]
    declared = made.function(function)
    assert (facts["memory_mb"], facts["timeout_s"]) == (declared["MemorySize"], declared["Timeout"])
    assert (facts["runtime"], facts["architecture"]) == (declared["Runtime"], declared["Architectures"][0])
    assert Path(facts["code"]).name == made.code(declared).name


@pytest.mark.slow
def test_a_function_runs_with_the_variables_of_its_template(folders: Folders, tmp_path: Path):
    made = folders.made(PERFORMANCE, THIS_HOST.architecture)
    folder = tmp_path / "cdk.out"
    shutil.copytree(made.folder, folder)
    changed = template(Made(folder, CLASSES[PERFORMANCE]))
    changed.write_text(changed.read_text().replace('"CACHE_TTL_S": "300"', '"CACHE_TTL_S": "soon"'))
    done = headstart("invoke", folder, "--function", "Orders", "-e", ORDERS / "events/fetch-data.json")
    assert done.returncode == 1
    assert "CACHE_TTL_S is 'soon'" in done.stderr


def logical_id(made: Made, function: str) -> str:
    """The logical id of a function, by the construct around it."""
    (found,) = (id_ for id_ in made.of_type("Lambda::Function") if id_.startswith(f"{function}Function"))
    return found


def test_the_architecture_may_be_the_one_of_this_machine(folders: Folders):
    made = folders.made(PERFORMANCE, Architecture.X86_64)
    (driver,) = made.code(made.function("Orders")).glob("psycopg2/_psycopg.*.so")
    assert "x86_64" in driver.name
    assert made.function("Orders")["Architectures"] == ["x86_64"]
