"""On Python 3.15 the imports that a bundle puts off are lazy ones of Python's own."""

import warnings
from pathlib import Path
from typing import Any

import pytest
from deferral.rewriting_fixture import compiled, laid, outcomes, rewritten, run
from deferral.test_packages import PACKAGES

from headstart.engine import interpreters
from headstart.errors import RuntimeMissingError

_PYTHON = "python3.15"
# What Python's own laziness does otherwise, which a replay finds: it is seen in dictionaries that are gone through, in
# circles of imports, and in the lines of frames.
_DIFFER = {"caller_inspected", "circular_touch", "lines_of_errors", "names_tested", "values_kept", "values_seen"}


def _is_here() -> bool:
    """Whether there is one; said where there is not, for then nothing of it is tested."""
    try:
        interpreters.find(_PYTHON)
    except RuntimeMissingError:
        warnings.warn(f"no {_PYTHON} on this machine: lazy imports of Python's own are not tested", stacklevel=2)
        return False
    return True


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not _is_here():
        return {}
    files = {name: package.files for name, package in PACKAGES.items()}
    culprits = {name: package.culprits for name, package in PACKAGES.items()}
    return outcomes(tmp_path_factory.mktemp("packages"), files, runtime=_PYTHON, culprits=culprits)


@pytest.mark.slow
def test_packages_do_what_they_do_when_nothing_is_lazy(report: dict[str, Any]):
    differing = {
        way: {name for name, each in report.items() if each["trials"][way]["does"] != each["trials"]["plain"]["does"]}
        for way in ("off", "observed", "repaired")
    }
    assert differing == {"off": set(), "observed": set(), "repaired": _DIFFER if report else set()}


def test_a_chosen_import_is_lazy_and_one_variable_makes_it_eager(tmp_path: Path):
    if not _is_here():
        return
    files = {
        "app.py": '"""Doc."""\nimport wave, colorsys as c\nfrom web import errors\nlazy import decimal\nimport json\n',
        "web/__init__.py": "",
        "web/errors.py": "",
    }
    compiled(laid(tmp_path, files), runtime=_PYTHON, shown_as=str(tmp_path))
    chosen = frozenset({"app.py:2:7", "app.py:2:13", "app.py:3:16"})
    found = rewritten(tmp_path, runtime=_PYTHON, shown_as=str(tmp_path), chosen=chosen)
    assert [each.text for each in found] == [
        "import wave",
        "import colorsys as c",
        "from web import errors",
        "import json",
    ]
    program = (
        "import app\nkinds = [type(app.__dict__[n]).__name__ for n in ('wave', 'c', 'errors', 'decimal', 'json')]\n"
        "print(*kinds, app.wave.__name__, app.c.__name__, app.errors.__name__)"
    )
    said = [run(tmp_path, program, runtime=_PYTHON, **mode) for mode in ({}, {"HEADSTART_DEFERRAL": "off"})]
    assert [each.stdout.split() for each in said] == [
        [*["lazy_import"] * 4, "module", "wave", "colorsys", "web.errors"],
        [*["module"] * 3, "lazy_import", "module", "wave", "colorsys", "web.errors"],
    ], said[0].stderr
