"""The house as it stands: budgets, imports, words and leftovers of every file in it."""

import importlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import grimp
import pytest
from architecture import rules
from architecture.rules import Module

ROOT = Path(__file__).parents[2]
PRODUCT = rules.load(ROOT, "src", "kit/src")
TESTS = rules.load(ROOT, "tests", "bench")
# Programs of their own: they run in the sandbox, or start it, under an interpreter that has none of our packages.
KIT = ROOT / "kit/src/headstart_kit"
APART = ("src/headstart/engine/guest", "src/headstart/engine/spawn", "src/headstart/optimize/guest")
CLOCKS = ("src/headstart/engine/clock.py", "kit/src/headstart_kit/clock.py")
OURS = [module for module in PRODUCT if not module.name.startswith(APART)]

README_LINES_MAX = 150
PUBLIC_NAMES: dict[str, list[str]] = {
    "headstart": [],
    "headstart_kit": [
        "AddressRefusedError",
        "AllowList",
        "Batch",
        "CsvRows",
        "Deadline",
        "DeadlineError",
        "Email",
        "FailedItem",
        "HttpClient",
        "HttpStatusError",
        "InternalError",
        "ItemError",
        "JsonLines",
        "KitError",
        "Length",
        "LinesFile",
        "MapSettings",
        "MemoryProfile",
        "ParquetRows",
        "Pattern",
        "PreloadError",
        "ProcessDiedError",
        "Range",
        "RecordError",
        "ResourceError",
        "Retries",
        "S3Upload",
        "Secret",
        "SettingError",
        "SourceError",
        "SqlClient",
        "SqsMessages",
        "Stale",
        "StreamOptions",
        "TooLargeError",
        "UserError",
        "actions",
        "boto3_client",
        "cached",
        "deferred",
        "distributed_map",
        "freeze_after_init",
        "gather",
        "gather_async",
        "gc_advice",
        "handler",
        "invocation",
        "lazy_import",
        "log",
        "metrics",
        "parallel_map",
        "postgres",
        "preload",
        "process_durably",
        "process_items",
        "process_records",
        "process_stream",
        "read_file",
        "read_object",
        "read_settings",
        "read_through",
        "redis",
        "redis_cache",
        "resource",
        "source_at",
        "write_object",
    ],
}
# Written so that they do not match themselves.
MACHINE_PATHS = r"/wor[k]/|/far[m]/|bash_job[s]|/hom[e]/(?!sbx_)\w+/|/User[s]/\w+/|/roo[t]/\."
LEFTOVERS = r"TOD[O]|FIXM[E]|XX[X]|raise NotImplementedErro[r]|pragma: no cove[r]|mark\.ski[p]|pytest\.ski[p]|xfai[l]"


@pytest.mark.parametrize(
    "rule",
    [
        rules.long_modules,
        rules.long_functions,
        rules.complex_functions,
        rules.wide_signatures,
        rules.inheritance,
        rules.patching,
        rules.strange_words,
    ],
    ids=lambda rule: rule.__name__,
)
def test_the_product_keeps_the_rule(rule: Callable[[Module], Iterator[str]]):
    assert_none(problem for module in PRODUCT for problem in rule(module))


@pytest.mark.parametrize("rule", [rules.long_modules, rules.patching], ids=lambda rule: rule.__name__)
def test_the_tests_keep_the_rule(rule: Callable[[Module], Iterator[str]]):
    assert_none(problem for module in TESTS for problem in rule(module))


@pytest.mark.parametrize("rule", [rules.root_imports, rules.imports_of_programs], ids=lambda rule: rule.__name__)
def test_imports_keep_the_rule(rule: Callable[[Module], Iterator[str]]):
    assert_none(problem for module in PRODUCT for problem in rule(module))


def test_one_module_reads_the_clock_and_chance():
    assert_none(problem for module in OURS if module.name not in CLOCKS for problem in rules.clock_and_chance(module))


@pytest.mark.parametrize("folder", APART)
def test_programs_apart_import_nothing_of_ours(folder: str):
    programs = rules.load(ROOT, folder)
    siblings = {Path(program.name).stem for program in programs}
    assert programs
    assert_none(problem for program in programs for problem in rules.foreign_imports(program, siblings=siblings))


def test_there_are_no_import_cycles():
    graph = grimp.build_graph("headstart", "headstart_kit", cache_dir=None)
    cycle = rules.first_cycle({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    assert cycle == [], f"move what they share into a module below them: {' > '.join(cycle)}"


def test_subpackages_have_empty_init_files():
    packages = [*(ROOT / "src/headstart").glob("*/**/__init__.py"), *KIT.glob("*/**/__init__.py")]
    assert_none(
        f"{file.relative_to(ROOT)}: move its code into a module" for file in packages if file.read_text().strip()
    )


@pytest.mark.parametrize("package", PUBLIC_NAMES)
def test_public_names_change_on_purpose_only(package: str):
    public = getattr(importlib.import_module(package), "__all__", [])
    assert sorted(public) == PUBLIC_NAMES[package], "a public name is a promise: change PUBLIC_NAMES with it"


def test_no_public_name_of_the_kit_is_also_a_module():
    modules = {path.stem for path in KIT.iterdir()}
    assert not modules & set(importlib.import_module("headstart_kit").__all__), "importing one would replace the other"


def test_the_readme_is_short():
    lines = (ROOT / "README.md").read_text().count("\n")
    assert lines <= README_LINES_MAX, f"README.md has {lines} lines; move detail into docs/"


def test_no_file_names_a_path_of_one_machine():
    assert_none(rules.lines_matching(MACHINE_PATHS, texts()))


def test_nothing_is_left_open():
    code = {name: text for name, text in texts().items() if name.startswith(("src/", "kit/", "tests/", "bench/"))}
    assert_none(rules.lines_matching(LEFTOVERS, code))


def texts() -> dict[str, str]:
    """The text of every file that is in the repository or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    return {name: (ROOT / name).read_text("utf-8", errors="replace") for name in names}


def assert_none(problems: Iterator[str] | list[str]) -> None:
    found = list(problems)
    if found:
        pytest.fail("\n".join(found), pytrace=False)
