"""What headstart.lock.json says is done where a template or a CDK app is bundled, as long as it is of this package."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from headstart.bundling import bundle_in_cache
from headstart.infra import bundle_facts, config_file
from headstart.infra.project import Project
from headstart.model.bundle import BundleSettings
from headstart.model.deferral_result import LOCK_FILE, Decision, DeferralResult, Why
from headstart.model.function import InitializationType
from headstart.model.lock import Lock
from headstart.model.progress import NoProgress
from headstart.model.proof import Verdict
from headstart.model.side_archive import SideArchive
from headstart.optimize.deferral import lock
from headstart.optimizing.keys import Keys
from headstart.optimizing.locked import bundle_as_locked
from headstart.optimizing.preloading import conditions
from headstart.optimizing.variants import PutOff, Variants, put_off

FILES = {
    "headstart.toml": '[function]\nname = "locked"\nhandler = "app.handler"\nruntime = "python3.11"\n',
    "app.py": "import parts\nimport other\n\n\ndef handler(event, context):\n    return other.VALUE\n",
    "parts.py": "",
    "other.py": "VALUE = 1",
    "notes.md": "mine",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def keep(folder: Path) -> Project:
    """Write a lock of the package by which ``import parts`` is deferred and garbage collection put off."""
    project = config_file.read(folder)
    variants = asyncio.run(Variants.of(project, progress=NoProgress()))
    _, imports = asyncio.run(variants.rewritten(PutOff(None)))
    parts = next(each for each in imports if each.text == "import parts")
    decision = Decision(of=parts, why=Why.UNUSED, saved_ms=1.0)
    found = DeferralResult(events=("any",), deferred=(decision,), garbage=True, proof=Verdict.SAME)
    keys = Keys(variants, project)
    archive_key = keys.archive(put_off(found), ())
    archive = SideArchive(events=("any",), withdrawn="less than 1 MB would be saved")
    lock.write(
        folder / LOCK_FILE,
        Lock(
            key=keys.deferral(conditions(project, InitializationType.ON_DEMAND)),
            result=found,
            archive_key=archive_key,
            archive=archive,
        ),
    )
    return project


def test_what_was_found_of_the_package_is_done_whatever_the_events_are_and_whatever_is_left_out(folder: Path):
    project = msgspec.structs.replace(keep(folder), events=())
    made = asyncio.run(bundle_as_locked(project, left_out=frozenset({"notes.md"})))
    assert made.said == ()
    assert (made.folder / "_headstart_deferral.py").is_file()
    assert (made.folder / "_headstart_garbage.py").is_file()
    assert not (made.folder / "notes.md").exists()
    assert not (made.folder / LOCK_FILE).exists()
    facts = bundle_facts.read(made.folder)
    assert facts is not None
    assert facts.deferral is not None
    assert (facts.deferral.imports, facts.deferral.proof) == (1, Verdict.SAME)
    assert asyncio.run(bundle_as_locked(project, left_out=frozenset({"notes.md"}))) == made
    assert made.folder != asyncio.run(bundle_in_cache(project, left_out=frozenset({"notes.md"})))[0]


def test_what_an_app_of_the_infrastructure_writes_beside_the_code_makes_no_other_package(folder: Path):
    project = keep(folder)
    for name in (
        "infrastructure/cdk.json",
        "infrastructure/cdk.out/asset.1/LICENSE",
        "plain/build/.headstart-bundle.json",
    ):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("{}")
    made = asyncio.run(bundle_as_locked(project))
    assert made.said == ()
    assert not {"infrastructure", "plain"} & {path.name for path in made.folder.iterdir()}
    (folder / "app.py").write_text(f"{FILES['app.py']}\nFOLDER = 'infrastructure'\n")
    assert (asyncio.run(bundle_as_locked(project)).folder / "infrastructure/cdk.json").is_file()


def test_a_lock_of_another_package_is_not_heeded_and_that_is_said(folder: Path):
    keep(folder)
    (folder / "app.py").write_text(f"{FILES['app.py']}\n# changed\n")
    project = config_file.read(folder)
    made = asyncio.run(bundle_as_locked(project))
    assert [said.partition(" was found for another package")[0] for said in made.said] == [
        f"{folder / LOCK_FILE}: deferral",
        f"{folder / LOCK_FILE}: the side archive",
    ]
    assert not list(made.folder.glob("_headstart*"))
    assert made.folder == asyncio.run(bundle_in_cache(project))[0]


def test_what_was_found_where_init_is_waited_for_is_not_done_where_it_is_not(folder: Path):
    project = msgspec.structs.replace(keep(folder), initialization=InitializationType.SNAP_START)
    made = asyncio.run(bundle_as_locked(project))
    assert [": deferral was found" in said for said in made.said] == [True, False]
    assert not list(made.folder.glob("_headstart*"))


def test_that_there_is_no_lock_is_said_to_those_who_ask_for_what_it_keeps(folder: Path):
    project = config_file.read(folder)
    assert asyncio.run(bundle_as_locked(project)).said == ()
    asking = msgspec.structs.replace(project, bundle=BundleSettings(preload=True))
    (said,) = asyncio.run(bundle_as_locked(asking)).said
    assert said.startswith(f"there is no {folder / LOCK_FILE}, so that nothing is optimised")
