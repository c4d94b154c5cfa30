"""The functions of bench/apps are made alike, and answer their events, those held out too, as expected."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file, sample_events

APPS = Path(__file__).parents[2] / "bench/apps"
NAMES = sorted(folder.name for folder in APPS.iterdir() if folder.is_dir())
LIGHT = ["powertools", "requests_lxml"]  # the others install up to 200 MB: bench/coldstart.py asks them the same


def events(app: Path) -> list[Path]:
    return sorted((app / "events").glob("*.json"))


def test_there_are_ten():
    assert len(NAMES) == 10


@pytest.mark.parametrize("name", NAMES)
def test_about_every_third_event_is_held_out(name: str):
    names = [file.stem for file in events(APPS / name)]
    held_out = [each for each in names if each.endswith("_held_out")]
    assert len(names) >= 6
    assert len(held_out) == len(names) // 3
    assert sorted(event.name for event in config_file.read(APPS / name).events) == sorted(set(names) - set(held_out))


@pytest.mark.parametrize("name", NAMES)
def test_every_event_has_its_answer(name: str):
    assert [file.name for file in events(APPS / name)] == sorted(f.name for f in (APPS / name / "expected").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_every_package_is_pinned_with_hashes(name: str):
    lines = (APPS / name / "requirements.txt").read_text().replace("\\\n", "").splitlines()
    packages = [line for line in lines if not line.lstrip().startswith("#")]
    assert packages
    assert [line for line in packages if not re.match(r"[\w-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT)
async def test_a_function_answers_as_expected_and_passes_its_own_tests(name: str):
    app = APPS / name
    async with LocalLambda() as engine:
        deployment = await engine.deploy(config_file.read(app).spec)
        environment = await engine.environment(deployment)
        for file in events(app):
            report = await environment.invoke(sample_events.read_file(file))
            assert json.loads(report.outcome.payload) == json.loads((app / "expected" / file.name).read_text()), file
    python = str(deployment.interpreter.executable)
    tests = await asyncio.create_subprocess_exec(
        *(python, "-S", "-s", "-B", "-m", "unittest", "discover", "-s", "tests"),
        cwd=deployment.package.root,
        stderr=asyncio.subprocess.PIPE,
    )
    said = (await tests.communicate())[1].decode()
    assert tests.returncode == 0, said
    assert re.search(r"^Ran [1-9]\d* tests", said, re.MULTILINE)
