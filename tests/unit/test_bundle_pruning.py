"""What of a package is not shipped, and what stays because something needs it."""

import pytest
from bundle_fixture import distribution, gone, listed, write

from headstart.errors import ConfigError
from headstart.model.bundle import BundleSettings
from headstart.optimize.bundle import pruning
from headstart.optimize.bundle.metadata import rewrite_records

GOES = {
    "pkg/tests/__init__.py": pruning.WHY_TESTS,
    "pkg/tests/data/big.csv": pruning.WHY_TESTS,
    "pkg/sub/test/test_it.py": pruning.WHY_TESTS,
    "pkg/conftest.py": pruning.WHY_TESTS,
    "tests/test_top_level.py": pruning.WHY_TESTS,
    "pkg/core.pyi": "type stubs",
    "pkg/py.typed": "type stubs",
    "pkg-stubs/__init__.pyi": "type stubs",
    "pkg/_fast.c": "what compiled code was made from",
    "pkg/include/fast.hpp": "what compiled code was made from",
    "pkg/_fast.pyx": "what compiled code was made from",
    "pkg/docs/index.rst": "documentation",
    "share/man/man1/pkg.1": "documentation",
    "pkg/README.md": "documentation",
    "pkg/tool.exe": "for other systems",
    "pkg/__pycache__/core.cpython-39.pyc": "bytecode from elsewhere",
}
STAYS = [
    "pkg/core.py",
    "pkg/core.cpython-312-x86_64-linux-gnu.so",
    "pkg/testing/__init__.py",
    "pkg/latest/__init__.py",
    "pkg/tests.py",
    "pkg/test_utilities.py",
    "pkg/data/model.bin",
    "pkg/documents/index.rst",
    "pkg/docs/module.py",
    "pkg/LICENSE.txt",
    "pkg/tests/LICENSE",
    "pkg/docs/NOTICE.md",
    "pkg/readme.py",
]


@pytest.mark.parametrize("path", GOES)
def test_what_cannot_matter_goes(tmp_path, path):
    distribution(tmp_path, "pkg", {"pkg/__init__.py": "", path: b""})
    assert gone(tmp_path) == {path: GOES[path]}


@pytest.mark.parametrize("path", STAYS)
def test_what_may_matter_stays(tmp_path, path):
    distribution(tmp_path, "pkg", {"pkg/__init__.py": "", path: b""})
    assert gone(tmp_path) == {}


def test_a_script_that_starts_this_machines_python_goes_a_program_stays(tmp_path):
    distribution(tmp_path, "pkg", {"bin/pkg": "#!/usr/bin/python3\n", "bin/solver": b"\x7fELF"})
    assert set(gone(tmp_path)) == {"bin/pkg"}


@pytest.mark.parametrize(
    ("module", "path"),
    [
        ("__getattr__ = attach_stub(__name__, __file__)\n", "pkg/__init__.pyi"),
        ("SOURCE = open('kernel.c').read()\n", "pkg/kernel.c"),
        ("HELP = join(HERE, 'docs', 'help.txt')\n", "pkg/docs/help.txt"),
        ("open('README.md')\n", "pkg/README.md"),
        ("LAUNCHER = 'w64.exe'\n", "pkg/w64.exe"),
    ],
)
def test_what_the_code_of_the_same_distribution_speaks_of_stays(tmp_path, module, path):
    distribution(tmp_path, "pkg", {"pkg/core.py": module, path: ""})
    assert gone(tmp_path) == {}
    distribution(tmp_path / "other", "pkg", {path: ""})
    distribution(tmp_path / "other", "another", {"another.py": module})
    assert set(gone(tmp_path / "other")) == {path}


def test_what_tests_alone_speak_of_goes(tmp_path):
    distribution(tmp_path, "pkg", {"pkg/tests/test_c.py": "open('kernel.c')\n", "pkg/kernel.c": ""})
    assert set(gone(tmp_path)) == {"pkg/tests/test_c.py", "pkg/kernel.c"}


IMPORTS = [
    "import pkg.tests\n",
    "import pkg.tests.cases as cases\n",
    "from pkg import tests\n",
    "from pkg import (\n    core,\n    tests,\n)\n",
    "from pkg.tests.cases import CASES\n",
    "def later():\n    from pkg.tests import cases\n",
    "try:\n    from pkg.tests import cases\nexcept ImportError:\n    cases = None\n",
    "importlib.import_module('pkg.tests.cases')\n",
    "PLUGINS = {'cases': 'pkg.tests.cases'}\n",
    "DATA = 'pkg/tests/cases.json'\n",
    "match pkg: not python at all, pkg.tests.cases\n",
]
RELATIVE_IMPORTS = [
    "from . import tests\n",
    "from .tests import cases\n",
    "from .tests.cases import CASES\n",
    "importlib.import_module('.tests', __package__)\n",
    "DATA = HERE + './tests/cases.json'\n",
]


@pytest.mark.parametrize("module", IMPORTS)
@pytest.mark.parametrize("owner", ["app.py", "another/core.py"])
def test_tests_that_a_module_names_stay(tmp_path, module, owner):
    distribution(tmp_path, "pkg", {"pkg/__init__.py": "", "pkg/tests/__init__.py": "", "pkg/tests/cases.py": ""})
    if owner == "app.py":
        write(tmp_path, {owner: module})
    else:
        distribution(tmp_path, "another", {owner: module})
    plan = pruning.plan(listed(tmp_path), BundleSettings())
    assert not any("tests" in path for path in plan.reasons)
    assert [(each.path, each.because) for each in plan.spared] == [("pkg/tests", owner)]


@pytest.mark.parametrize("module", RELATIVE_IMPORTS)
@pytest.mark.parametrize("owner", ["pkg/__init__.py", "pkg/core.py"])
def test_tests_that_their_own_package_names_stay(tmp_path, module, owner):
    distribution(tmp_path, "pkg", {"pkg/__init__.py": "", "pkg/tests/cases.py": "", owner: module})
    assert gone(tmp_path) == {}


def test_what_compiled_code_imports_stays(tmp_path):
    compiled = b"\x7fELF\0\0import\0pkg.tests.cases\0"
    distribution(tmp_path, "pkg", {"pkg/tests/cases.py": "", "pkg/core.so": compiled})
    assert gone(tmp_path) == {}


def test_what_an_entry_point_names_stays(tmp_path):
    distribution(tmp_path, "pkg", {"pkg/tests/plugin.py": ""})
    write(tmp_path, {"pkg-1.0.dist-info/entry_points.txt": "[plugins]\ncases = pkg.tests.plugin:Plugin\n"})
    assert gone(tmp_path) == {}


def test_what_tests_that_stay_import_stays_too(tmp_path):
    distribution(
        tmp_path, "pkg", {"pkg/core.py": "from pkg.tests import cases\n", "pkg/tests/cases.py": "import b.tests.c\n"}
    )
    distribution(tmp_path, "b", {"b/tests/c.py": "from d.test import e\n"})
    distribution(tmp_path, "d", {"d/test/e.py": "", "d/tests/f.py": ""})
    assert set(gone(tmp_path)) == {"d/tests/f.py"}


def test_a_single_word_in_a_dependency_is_no_reason_to_ship_ones_own_tests(tmp_path):
    distribution(tmp_path, "pkg", {"pkg/core.py": "IGNORED = ['tests']\n"})
    write(tmp_path, {"app.py": "", "tests/test_app.py": ""})
    assert set(gone(tmp_path)) == {"tests/test_app.py"}
    write(tmp_path, {"app.py": "DATA = join(HERE, 'tests', 'data.json')\n"})
    assert gone(tmp_path) == {}


def test_of_ones_own_code_only_what_is_for_the_project_goes(tmp_path):
    write(tmp_path, {"app.py": "", "uv.lock": "", "requirements.txt": "", ".github/ci.yml": "", "README.md": ""})
    write(
        tmp_path,
        {
            "sub/requirements.txt": "",
            "docs/page.md": "",
            "kernel.c": "",
            "headstart.toml": "",
            "LICENSE": "",
            "types.pyi": "",
        },
    )
    assert set(gone(tmp_path)) == {"uv.lock", "requirements.txt", ".github/ci.yml", "README.md"}
    write(tmp_path, {"app.py": "VERSION = open('requirements.txt')\nPAGES = glob('*.md')\n"})
    assert set(gone(tmp_path)) == {"uv.lock", ".github/ci.yml"}


def test_keep_and_prune_are_patterns_and_keep_wins(tmp_path):
    distribution(tmp_path, "pkg", {"pkg/tests/a.py": "", "pkg/tests/b.py": "", "pkg/data/c.csv": "", "pkg/LICENSE": ""})
    settings = BundleSettings(keep=("pkg/tests/a*", "*/c.csv"), prune=("pkg/data/*", "*/LICENSE"))
    assert gone(tmp_path, settings) == {"pkg/tests/b.py": pruning.WHY_TESTS, "pkg/LICENSE": pruning.WHY_ASKED}


def test_what_the_runtime_has_in_the_same_version_goes_whole(tmp_path):
    distribution(tmp_path, "boto3", {"boto3/__init__.py": "", "boto3/LICENSE": ""}, version="1.44.5")
    distribution(tmp_path, "python_dateutil", {"dateutil/__init__.py": ""}, version="2.9.0")
    settings = BundleSettings(runtime_packages=("boto3==1.44.5", "Python.DateUtil==2.8.0"))
    reasons = pruning.plan(listed(tmp_path), settings).reasons
    assert {path for path, why in reasons.items() if why == "the runtime has boto3==1.44.5"} == {
        path for path in listed(tmp_path).sizes if path.startswith("boto3")
    }
    assert "dateutil/__init__.py" not in reasons


@pytest.mark.parametrize("package", ["boto3", "boto3>=1.0", "numpy==2.4.6", "boto3==1.*"])
def test_only_pins_of_what_the_runtimes_have_are_allowed(package):
    with pytest.raises(ConfigError, match="runtime_packages has"):
        BundleSettings(runtime_packages=(package,))


READERS = {
    "": set(),
    "from importlib.metadata import version\nversion('pkg')\n": set(),
    "from importlib import metadata\nmetadata.files('pkg')\n": set(),
    "import importlib.metadata as metadata\nmetadata.entry_points(group='x')\n": {"entry_points.txt"},
    "from importlib_metadata import packages_distributions\n": {"top_level.txt", "entry_points.txt"},
    "import pkg_resources\n": {"top_level.txt", "entry_points.txt"},
    "entry_points = files = 'words alone'\n": set(),
}


@pytest.mark.parametrize("module", READERS)
def test_records_stay_where_a_module_asks_for_them(tmp_path, module):
    distribution(tmp_path, "pkg", {"pkg/core.py": module})
    info = tmp_path / "pkg-1.0.dist-info"
    write(info, {"top_level.txt": "pkg", "entry_points.txt": "", "licenses/LICENSE": "", "sboms/x.json": ""})
    going = {path.rpartition("/")[2] for path in pruning.plan(listed(tmp_path), BundleSettings()).reasons}
    assert going == {"INSTALLER", "direct_url.json", "top_level.txt", "entry_points.txt"} - READERS[module]


@pytest.mark.parametrize("module", ["", "from importlib.metadata import version, files\n"])
def test_a_record_has_what_is_there_and_hashes_where_a_module_asks(tmp_path, module):
    distribution(tmp_path, "pkg", {"pkg/core.py": module, "pkg/core.pyi": ""})
    info = tmp_path / "pkg-1.0.dist-info"
    (info / "RECORD").write_text("pkg/core.pyi,sha256=x,1\npkg/core.py,sha256=x,1\npkg-1.0.dist-info/RECORD,,\n")
    (tmp_path / "pkg/core.pyi").unlink()
    rewrite_records(listed(tmp_path))
    rest = ",sha256=x,1" if module else ",,"
    assert (info / "RECORD").read_text() == f"pkg-1.0.dist-info/RECORD,,\npkg/core.py{rest}\n"


def test_removals_tell_folders_whole_and_files_alone(tmp_path):
    distribution(
        tmp_path, "pkg", {"pkg/core.py": "", "pkg/tests/a.py": "12", "pkg/tests/b/c.py": "345", "pkg/x.pyi": "1"}
    )
    files = listed(tmp_path)
    tests, *rest = pruning.removals(files, gone(tmp_path))
    assert (tests.owner, tests.paths, tests.files, tests.size_bytes) == ("pkg==1.0", ("pkg/tests/",), 2, 5)
    assert [(each.why, each.paths) for each in rest] == [("type stubs", ("pkg/x.pyi",))]
