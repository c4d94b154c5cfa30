"""Bundles of real functions with real packages, as a user makes and tries them."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from e2e.test_cli import headstart

from headstart.engine import interpreters

EXAMPLES = Path(__file__).parents[2] / "examples"
# What Lambda's older Pythons are on has a glibc that cannot load the numpy of the example: from 3.12 on, then.
RUNTIME = interpreters.installed()[-1].runtime
pytestmark = pytest.mark.slow


def bundled(name: str, folder: Path, *words: str) -> dict[str, object]:
    done = headstart("bundle", str(EXAMPLES / name), "-o", f"{name}.zip", "--json", "-", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_bundle_is_the_same_bytes_again(tmp_path):
    result = bundled("invoice", tmp_path, "--runtime", RUNTIME)
    (tmp_path / "again").mkdir()
    again = bundled("invoice", tmp_path / "again", "--runtime", RUNTIME)
    assert (tmp_path / "invoice.zip").read_bytes() == (tmp_path / "again/invoice.zip").read_bytes()
    assert result["function"]["digest"] == again["function"]["digest"]  # type: ignore[index]
    assert result["not_compiled"] == []


def test_a_bundle_answers_as_what_it_was_made_of_and_compiles_nothing(tmp_path):
    bundled("invoice", tmp_path, "--runtime", RUNTIME)
    event = EXAMPLES / "invoice/events/invoice.json"
    variables = ("--env", "ARCHIVE_BUCKET=b", "--env", "AWS_ACCESS_KEY_ID=AK", "--env", "AWS_SECRET_ACCESS_KEY=s")
    answers = []
    for code, words in ((EXAMPLES / "invoice", ("--runtime", RUNTIME)), (tmp_path / "invoice.zip", ())):
        done = headstart("invoke", str(code), "-e", str(event), *variables, *words, "--memory", "1769", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        answers.append((answer["statusCode"], sorted(json.loads(answer["body"]))))
    assert answers[0] == answers[1]
    assert f"runtime: {RUNTIME}, for which invoice.zip was bundled" in done.stderr


def test_the_sandbox_takes_every_module_of_a_bundle_from_its_bytecode(tmp_path):
    (tmp_path / "function").mkdir()
    (tmp_path / "function/app.py").write_text(
        "import sys, jinja2, requests\n"
        "def handler(event, context):\n"
        "    import importlib.util, os\n"
        "    own = [m for m in sys.modules.values() if (getattr(m, '__file__', None) or '').startswith('/var/task')]\n"
        "    bare = [m.__name__ for m in own if not (m.__file__.endswith('.so') or os.path.exists(m.__cached__))]\n"
        "    source = [m.__name__ for m in own if getattr(m, 'ANSWER', None) == 'source']\n"
        "    return {'modules': len(own), 'bare': bare, 'source': source, 'answer': ANSWER}\n"
        "ANSWER = 'bytecode'\n"
    )
    (tmp_path / "function/requirements.txt").write_text("jinja2\nrequests\n")
    done = headstart("bundle", "function", "-o", "out", "--runtime", RUNTIME, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    # Where Python compiled again, it would see this.
    source = tmp_path / "out/app.py"
    source.write_text(source.read_text().replace("'bytecode'", "'source'"))
    answer = json.loads(headstart("invoke", "out", "-e", "{}", folder=tmp_path).stdout)
    assert answer["modules"] > 50
    assert (answer["bare"], answer["source"], answer["answer"]) == ([], [], "bytecode")


@pytest.mark.parametrize(
    ("requirements", "modules"),
    [
        ("requests", "requests, requests.adapters"),
        ("pydantic", "pydantic, pydantic.main, pydantic.v1"),
        ("lxml", "lxml.etree, lxml.html"),
        ("pandas", "pandas, pandas.io.excel, numpy.testing"),
        ("sqlalchemy", "sqlalchemy.orm, sqlalchemy.testing"),
        ("jinja2", "jinja2, jinja2.tests"),
    ],
)
def test_what_is_imported_of_real_packages_is_there(tmp_path, requirements, modules):
    (tmp_path / "function").mkdir()
    (tmp_path / "function/app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "function/requirements.txt").write_text(requirements)
    done = headstart("bundle", "function", "-o", "out", "--runtime", RUNTIME, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    python = interpreters.find(RUNTIME).executable
    program = f"import sys; sys.path.insert(0, sys.argv[1]); import {modules}"
    subprocess.run([python, "-I", "-S", "-c", program, str(tmp_path / "out")], check=True, capture_output=True)


def test_a_bundle_for_another_machine_has_its_compiled_code_alone(tmp_path):
    (tmp_path / "function").mkdir()
    (tmp_path / "function/app.py").write_text("import lxml.etree\ndef handler(event, context): ...\n")
    (tmp_path / "function/requirements.txt").write_text("lxml\n")
    words = ("-o", "out.zip", "--runtime", RUNTIME, "--architecture", "arm64")
    done = headstart("bundle", "function", *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        machines = {opened.read(name)[18] for name in opened.namelist() if name.endswith(".so")}
    assert machines == {183}  # EM_AARCH64
    done = headstart("audit", "out.zip", folder=tmp_path)
    assert "HS508" not in done.stdout


def test_what_cannot_be_bundled_is_said_with_what_to_do(tmp_path):
    done = headstart("bundle", str(EXAMPLES / "invoice"), folder=tmp_path)
    assert (done.returncode, "--output is missing" in done.stderr) == (2, True)
    done = headstart("bundle", str(EXAMPLES / "invoice"), "-o", "o.zip", "--runtime", "python3.11", folder=tmp_path)
    assert done.returncode == 2
    assert "numpy==2.4.6 has no usable wheels" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_explain_says_what_went_and_why(tmp_path):
    words = ("-o", "out", "--explain", "--runtime", RUNTIME, "--layer", "layer.zip")
    done = headstart("bundle", str(EXAMPLES / "orders"), *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Not shipped: records for installers" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"out", "layer.zip"}
