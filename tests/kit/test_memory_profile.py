"""The memory profile, and what the course's profiler got wrong (the tests with D in their names)."""

import json
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from kit.apart import forbid_reset_of_peak, in_child

from headstart_kit.memory_profile import MemoryProfile

MB = 1024 * 1024
KIT = Path(__file__).parents[2] / "kit/src"


def spike(size_mb: int) -> None:
    """Hold so much memory for a moment."""
    bytearray(b"x") * (size_mb * MB)


def alone(program: str) -> str:
    """What the program prints in an interpreter that has the kit and nothing else installed."""
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(KIT)!r}); {program}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_d57_the_profiler_is_where_its_users_import_it_from():
    program = "from headstart_kit.memory_profile import MemoryProfile; print(MemoryProfile().report()['invocations'])"
    assert alone(program) == "0\n"


def test_d58_the_limit_is_the_functions_memory_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", raising=False)
    assert MemoryProfile().limit_mb is None
    assert MemoryProfile().room_mb == float("inf")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048")
    assert MemoryProfile().limit_mb == 2048
    assert 1024 < MemoryProfile().room_mb < 2048
    monkeypatch.setenv("AWS_LAMBDA_MAX_CONCURRENCY", "8")
    assert MemoryProfile().limit_mb == 256
    assert MemoryProfile(limit_mb=100).limit_mb == 100


def test_d60_tracing_stops_with_the_block():
    profile = MemoryProfile()
    with profile.allocations() as sites:
        assert tracemalloc.is_tracing()
        held = ["x" * 100 + str(i) for i in range(1000)]
    assert not tracemalloc.is_tracing()
    assert sites[0]["site"].startswith(__file__)
    assert sites[0]["blocks"] >= len(held)
    assert 100 < sites[0]["kb"] < 400


def test_d60_tracing_stops_when_the_block_fails():
    with pytest.raises(KeyError), MemoryProfile().allocations() as sites:
        raise KeyError
    assert not tracemalloc.is_tracing()
    assert sites == []


def test_tracing_that_was_on_goes_on():
    tracemalloc.start()
    try:
        with MemoryProfile().allocations():
            pass
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_d61_a_peak_between_two_looks_is_seen():
    profile = MemoryProfile()
    with profile.section("transient"):
        spike(200)
    section = profile.report()["sections"]["transient"]
    assert 195 < section["rise_mb"] < 205
    assert section["kept_mb"] < 5
    assert section["peak_is_exact"]


def test_d61_each_invocation_has_a_peak_of_its_own():
    profile = MemoryProfile()
    with profile.invocation():
        spike(200)
        assert profile.report()["peak_mb"] > 200
    large = profile.report()["peak_mb"]
    with profile.invocation():
        assert profile.report()["peak_mb"] < large - 150
    assert profile.report()["peak_mb"] < large - 150
    spike(100)
    assert profile.report()["peak_mb"] < large - 150, "what comes after the invocation is not its"


def test_d62_there_is_a_report_before_anything_was_begun():
    report = MemoryProfile(limit_mb=512).report()
    assert report["peak_mb"] > 0
    assert report["growth_kb_per_invocation"] is None
    assert json.loads(json.dumps(report)) == report


def test_d65_two_hundred_batches_are_one_entry():
    profile = MemoryProfile()
    with profile.invocation():
        for _ in range(200):
            with profile.section("batch"):
                pass
    report = profile.report()
    assert list(report["sections"]) == ["batch"]
    assert report["sections"]["batch"]["times"] == 200
    assert len(json.dumps(report)) < 500


def test_d65_names_without_end_do_not_make_a_report_without_end():
    profile = MemoryProfile()
    for i in range(1000):
        with profile.section(f"batch {i}"):
            pass
    sections = profile.report()["sections"]
    assert len(sections) == 51
    assert sections["(others)"]["times"] == 950


def test_d68_nothing_foreign_is_needed_and_nothing_loaded_before_it_is_used():
    program = (
        "before = set(sys.modules); from headstart_kit.memory_profile import MemoryProfile; p = MemoryProfile();\n"
        "with p.invocation(), p.section('x'): p.report()\n"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('headstart_kit')))"
    )
    assert "tracemalloc" not in alone(program)
    assert "psutil" not in alone(program)


def test_d68_the_profiler_is_not_among_the_allocation_sites():
    profile = MemoryProfile()
    with profile.allocations(top=100) as sites:
        with profile.section("inner"):
            held = [{} for _ in range(1000)]
        profile.report()
    assert held
    shown = " ".join(str(site["site"]) for site in sites)
    assert __file__ in shown
    assert not any(f"/{name}.py" in shown for name in ("tracemalloc", "linecache", "memory_profile", "contextlib"))
    assert profile.report()["allocations"] == sites


def test_memory_that_each_invocation_leaves_shows_as_growth():
    """In a fresh process: another would first use again what earlier tests have freed."""
    program = (
        "from headstart_kit.memory_profile import MemoryProfile; import json; profile = MemoryProfile(); left = []\n"
        "for _ in range(30):\n"
        "    with profile.invocation():\n"
        "        left.append(bytearray(b'x') * (512 * 1024))\n"
        "print(json.dumps(profile.report()))"
    )
    report = json.loads(alone(program))
    assert 450 < report["growth_kb_per_invocation"]["median"] < 600
    assert report["growth_kb_per_invocation"]["low"] > 400
    assert report["invocations"] == 30


def test_an_invocation_that_fails_is_counted():
    profile = MemoryProfile()
    with suppress(KeyError), profile.invocation():
        spike(64)
        raise KeyError
    assert profile.report()["invocations"] == 1
    assert profile.report()["peak_mb"] > 64


def test_a_report_is_about_one_invocation():
    profile = MemoryProfile()
    with profile.invocation(), profile.section("first"):
        pass
    with profile.invocation(), profile.section("second"):
        pass
    assert list(profile.report()["sections"]) == ["second"]


def test_a_section_inside_a_section_does_not_lower_it():
    profile = MemoryProfile()
    with profile.section("outer"):
        spike(128)
        with profile.section("inner"):
            spike(32)
    sections = profile.report()["sections"]
    assert sections["outer"]["rise_mb"] > 120
    assert 28 < sections["inner"]["rise_mb"] < 40


def test_where_the_kernel_refuses_the_report_says_so():
    def refused() -> list[object]:
        forbid_reset_of_peak()
        spike(64)
        profile = MemoryProfile()
        with profile.invocation(), profile.section("small"):
            spike(8)
        report = profile.report()
        return [report["peak_is_exact"], report["sections"]["small"]["peak_is_exact"]]

    assert in_child(refused) == "[False, False]"


def test_a_fork_profiles_itself():
    profile = MemoryProfile()

    def child() -> bool:
        with profile.invocation():
            before_mb = profile.resident_mb
            spike(128)
        return 120 < profile.report()["peak_mb"] - before_mb < 140

    with profile.invocation():
        before_mb = profile.resident_mb
        assert in_child(child) == "True"
    assert profile.report()["peak_mb"] - before_mb < 20
