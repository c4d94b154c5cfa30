"""Packages made by chance do what they do when nothing is put off, whatever is."""

from pathlib import Path

import pytest
from deferral.generated_packages import package
from deferral.rewriting_fixture import PYTHONS, outcomes

SEEDS = range(30)


@pytest.mark.slow
@pytest.mark.parametrize("python", [each.values[0] for each in PYTHONS])
def test_packages_made_by_chance_do_the_same(tmp_path: Path, python: str):
    report = outcomes(tmp_path, {f"seed_{seed}": package(seed) for seed in SEEDS}, runtime=python, culprits={})
    for name, outcome in report.items():
        did = {way: trial["does"] for way, trial in outcome["trials"].items()}
        assert did == dict.fromkeys(did, did["plain"]), name
    raised = [name for name, outcome in report.items() if outcome["trials"]["plain"]["does"][0] == "raised"]
    assert not raised
    assert any(
        {*outcome["trials"]["plain"]["loaded"]} - {*outcome["trials"]["unused"]["loaded"]}
        for outcome in report.values()
    )
