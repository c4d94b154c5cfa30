"""Small packages, each with one habit that makes putting imports off hard, do what they do when nothing is put off.

Each is a text: what it is about, ``culprit: KEY`` where imports must stay where they are for it to be the same,
``refused: PATH`` where the rules leave a module alone, ``raises: TYPE`` where it fails in any case, and its files.
``app.run`` is called twice.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from deferral.rewriting_fixture import PYTHONS, outcomes


class Package(NamedTuple):
    culprits: list[str]
    refused: list[str]
    raises: list[str]
    files: dict[str, str]


def read(file: Path) -> Package:
    said, *parts = re.split(r"^-- (\S+) --\n", file.read_text(), flags=re.MULTILINE)
    heads = {word: re.findall(rf"^{word}: (\S+)$", said, re.MULTILINE) for word in ("culprit", "refused", "raises")}
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    return Package(culprits=heads["culprit"], refused=heads["refused"], raises=heads["raises"], files=files)


PACKAGES = {file.stem: read(file) for file in sorted((Path(__file__).parent / "packages").glob("*.txt"))}


@pytest.fixture(scope="module", params=PYTHONS)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    files = {name: package.files for name, package in PACKAGES.items()}
    culprits = {name: package.culprits for name, package in PACKAGES.items()}
    return outcomes(tmp_path_factory.mktemp("packages"), files, runtime=request.param, culprits=culprits)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_does_what_it_does_when_nothing_is_put_off(report, name: str):
    trials = report[name]["trials"]
    expected = trials["plain"]["does"]
    did = {way: trials[way]["does"] for way in ("off", "observed", "repaired", "unused")}
    assert ([expected[1]] if expected[0] == "raised" else []) == PACKAGES[name].raises
    assert did == dict.fromkeys(did, expected)
    assert set(trials["unused"]["loaded"]) <= {
        *trials["plain"]["loaded"],
        "_headstart_deferral",
        "_headstart_submodules",
        "gc",
    }


@pytest.mark.parametrize("name", PACKAGES)
def test_a_replay_tells_where_it_would_not(report, name: str):
    culprits = PACKAGES[name].culprits
    trials = report[name]["trials"]
    assert {unit.partition(" ")[0] for unit in report[name]["units"]} >= set(culprits)
    assert (trials["all"]["does"] != trials["plain"]["does"]) == bool(culprits)


@pytest.mark.parametrize("name", [name for name, package in PACKAGES.items() if package.refused])
def test_the_rules_leave_a_module_alone(report, name: str):
    paths = {unit.partition(":")[0] for unit in report[name]["units"]}
    assert paths
    assert paths.isdisjoint(PACKAGES[name].refused)
