"""What is rewritten in a package, and what stays as it was, byte for byte."""

import asyncio
import marshal
from pathlib import Path

import pytest
from deferral.rewriting_fixture import OURS, PYTHONS, Tools, built, bytecode, compiled, laid, rewritten, said

from headstart.engine.scripts import run_script
from headstart.errors import LabError
from headstart.model.progress import NoProgress

FILES = {
    "app.py": (
        '"""A handler."""\n\nimport json, web.parts as parts\nfrom web import errors, NAME as name\n\n\n'
        "def handler():\n    return json, parts, errors, name\n"
    ),
    "web/__init__.py": "NAME = 1\nfrom .errors import Trouble\n",
    "web/errors.py": "import colorsys\n\n\nclass Trouble(Exception):\n    pass\n",
    "web/parts.py": "from .errors import Trouble as T\nKINDS = frozenset({'a', 'b', 'c'})\n",
    "web/all.py": "from .errors import *\n",
    "web/broken.py": "def f(:\n",
    "lone.py": "import decimal\n",
    "web-1.0.dist-info/METADATA": "Name: web\nVersion: 1.0\n",
    "web-1.0.dist-info/RECORD": "web/__init__.py,,\nweb/errors.py,,\nweb/parts.py,,\nweb/all.py,,\n",
}


def test_every_import_is_told_in_order(tmp_path: Path):
    found = built(tmp_path, FILES)
    assert [(each.key, each.text, each.module, each.attribute, each.binds, each.distribution) for each in found] == [
        ("app.py:3:7", "import json", "json", "", "json", "your code"),
        ("app.py:3:13", "import web.parts as parts", "web.parts", "", "parts", "your code"),
        ("app.py:4:16", "from web import errors", "web", "errors", "errors", "your code"),
        ("app.py:4:24", "from web import NAME as name", "web", "NAME", "name", "your code"),
        ("lone.py:1:7", "import decimal", "decimal", "", "decimal", "your code"),
        ("web/__init__.py:2:20", "from .errors import Trouble", "web.errors", "Trouble", "Trouble", "web==1.0"),
        ("web/errors.py:1:7", "import colorsys", "colorsys", "", "colorsys", "web==1.0"),
        ("web/parts.py:1:20", "from .errors import Trouble as T", "web.errors", "Trouble", "T", "web==1.0"),
    ]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("from __future__ import annotations\nimport wave", ["import wave"]),
        ("from wave import *\nimport wave", ["import wave"]),
        ("from own import __doc__, __version__ as version, name as __all__, name", ["from own import name"]),
        ("try:\n    import wave\nexcept ImportError:\n    import colorsys", []),
        ("with open(1):\n    import wave\nif wave:\n    import colorsys\nfor each in ():\n    import json", []),
        ("def f():\n    import wave\nclass C:\n    import colorsys", []),
        ("import wave\ndef __getattr__(name):\n    return wave", []),
        ("import wave\n__getattr__, __dir__ = wave.attach()", []),
        ("from own import __dir__\nimport wave", []),
        ("import wave\nclass C:\n    def __getattr__(self, name):\n        return wave", ["import wave"]),
        *((f"import wave\nx = {call}", []) for call in ("dir()", "vars()", "locals()", "globals()", "eval('wave')")),
        ("import wave\nclass C:\n    exec('x = 1')", []),
        ("import wave\n@wave.make(globals())\ndef f(): pass", []),
        ("import wave\ndef f(names=vars()): pass", []),
        ("import wave\ndef f():\n    return vars(), dir(), locals(), eval('1')", ["import wave"]),
        (
            "import wave\ndef f():\n    return globals()['wave'], globals().get('x'), exec('', globals())",
            ["import wave"],
        ),
        ("import wave\ndef f():\n    return list(globals())", []),
        ("import wave\ndef f():\n    return globals().items()", []),
        ("import wave\ndef f():\n    return __import__('a.b', globals(), locals(), [])", ["import wave"]),
        ("import a.b, c.d as e; import f\na.b.c()", ["import a.b", "import c.d as e", "import f"]),
        ("import a.b, a.c, d\ndef f(): return a.c, a, 'a.b'", ["import a.b", "import a.c", "import d"]),
        ("import a.b, a.c, d\ndef f(): return a.x.b, a.c.b", ["import a.c", "import d"]),
        ("return\nimport wave", []),
        ("import wave\n\0", []),
    ],
)
def test_the_rules_say_which_may_be_put_off(cases: dict[str, list[str]], source: str, texts: list[str]):
    assert cases[source] == texts


@pytest.fixture(scope="module")
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    marks = test_the_rules_say_which_may_be_put_off.pytestmark  # type: ignore[attr-defined]
    sources = [source for source, _ in marks[0].args[1]]
    root = tmp_path_factory.mktemp("rules")
    found = built(root, {f"case_{number}.py": source for number, source in enumerate(sources)})
    return {
        source: [each.text for each in found if each.path == f"case_{number}.py"]
        for number, source in enumerate(sources)
    }


def test_a_module_that_decides_what_its_attributes_are_is_left_alone_and_its_parts_are_not(tmp_path: Path):
    lazy = "def __getattr__(name):\n    raise AttributeError(name)\n"
    found = built(
        tmp_path,
        {
            "own/__init__.py": f"import json\n{lazy}",
            "own/one.py": "import json\nfrom . import two\nfrom own.deep import x\nimport others\n",
            "own/deep/__init__.py": "from ..one import two\n",
            "others/__init__.py": "from own import one\n",
            "ownership.py": "import own.one\nown.one\n",
        },
    )
    assert [f"{each.path} {each.text}" for each in found] == [
        "others/__init__.py from own import one",
        "own/deep/__init__.py from ..one import two",
        "own/one.py import json",
        "own/one.py from . import two",
        "own/one.py from own.deep import x",
        "own/one.py import others",
        "ownership.py import own.one",
    ]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_not_chosen_keeps_its_bytecode(tmp_path: Path, python: str, beside: bool):
    before = compiled(laid(tmp_path, FILES), runtime=python, beside=beside)
    rewritten(tmp_path, runtime=python, beside=beside, chosen=frozenset({"lone.py:1:7"}))
    after = bytecode(tmp_path)
    changed = {name for name in after if before.get(name) != after[name]}
    assert {Path(name).name.partition(".")[0] for name in changed} == {
        "lone",
        "_headstart_deferral",
        "_headstart_submodules",
    }
    assert all(after[name][:16] == before[name][:16] for name in before)
    assert {path: (tmp_path / path).read_text() for path in FILES} == FILES


def test_nothing_chosen_changes_nothing(tmp_path: Path):
    before = compiled(laid(tmp_path, FILES))
    assert len(rewritten(tmp_path, chosen=frozenset())) == 8
    assert bytecode(tmp_path) == before
    assert not (tmp_path / "_headstart_deferral.py").exists()


@pytest.mark.parametrize("python", PYTHONS)
def test_the_same_package_gives_the_same_bytes(tmp_path: Path, python: str):
    for name, files in (("one", FILES), ("two", dict(reversed(FILES.items())))):
        compiled(laid(tmp_path / name, files), runtime=python)
        rewritten(tmp_path / name, runtime=python)
    whole = bytecode(tmp_path / "one")
    assert bytecode(tmp_path / "two") == whole
    rewritten(tmp_path / "two", runtime=python, chosen=frozenset({"web/parts.py:1:20"}))
    (parts,) = [name for name in whole if "parts" in name]
    assert bytecode(tmp_path / "two")[parts] == whole[parts]


def test_packages_and_stars_that_hand_on_what_is_chosen_change_too(tmp_path: Path):
    before = compiled(laid(tmp_path, FILES))
    rewritten(tmp_path, chosen=frozenset({"web/errors.py:1:7", "web/parts.py:1:20"}))
    after = bytecode(tmp_path)
    changed = {Path(name).name.partition(".")[0] for name in after if before.get(name) != after[name]}
    assert changed == {"errors", "parts", "__init__", "all", "_headstart_deferral", "_headstart_submodules"}


def test_tracebacks_name_where_the_package_stands(tmp_path: Path):
    compiled(laid(tmp_path, FILES))
    rewritten(tmp_path)
    code = next(content for name, content in bytecode(tmp_path).items() if "app." in name)
    assert marshal.loads(code[16:]).co_filename == "/var/task/app.py"


def test_a_last_statement_imports_what_is_appended(tmp_path: Path):
    compiled(laid(tmp_path, {"app.py": "READY = True\n", "more.py": "import app\nprint('more after', app.READY)\n"}))
    rewritten(tmp_path, chosen=frozenset(), appended=("app.py", "more"))
    assert said(tmp_path, "import app; print('end')") == "more after True\nend\n"


def test_what_does_not_compile_is_left_as_it_is(tmp_path: Path):
    files = {"app.py": "import json\n", "late.py": "import json\nreturn 1\n", "old.py": "print 'x'\n"}
    assert [each.path for each in built(tmp_path, files)] == ["app.py"]
    assert not [name for name in bytecode(tmp_path) if "late" in name or "old" in name]


def test_a_script_that_fails_says_why(tmp_path: Path):
    (tmp_path / "failing.py").write_text("raise ValueError('no such luck')")
    interpreter = Tools(OURS).interpreter
    running = run_script(
        tmp_path / "failing.py", interpreter=interpreter, request=b"", stage="failing", progress=NoProgress()
    )
    with pytest.raises(LabError, match=r"failing\.py failed: (?s:.*)no such luck"):
        asyncio.run(running)
