"""What stands in the function: it costs little, says what it does, and gives every thread the same."""

import json
from pathlib import Path

import pytest
from deferral.rewriting_fixture import PYTHONS, built, compiled, laid, run, said
from probe_fixture import run_probe

_GUEST = Path(__file__).parents[2] / "src/headstart/optimize/guest"
RUNTIME = [_GUEST / f"_headstart_{name}.py" for name in ("deferral", "submodules")]
SLOW = {
    "app.py": "from parts import " + ", ".join(f"part{number}" for number in range(40)) + "\n",
    "parts/__init__.py": "".join(f"from .p{number} import part as part{number}\n" for number in range(40)),
    **{f"parts/p{number}.py": "import time\ntime.sleep(0.001)\npart = object()\n" for number in range(40)},
}


@pytest.mark.parametrize("python", PYTHONS)
def test_it_loads_no_module_but_itself(tmp_path: Path, python: str):
    built(tmp_path, {"app.py": "import json\nfrom wave import open as o\n"}, runtime=python)
    program = "import os\nbefore = set(sys.modules)\nimport app\nprint(sorted(set(sys.modules) - before))"
    done = run(tmp_path, program, runtime=python)
    assert done.stdout == "['_headstart_deferral', '_headstart_submodules', 'app']\n", done.stderr


def test_what_is_needed_after_all_is_logged_once(tmp_path: Path):
    built(tmp_path, {"app.py": "import sys\nimport colorsys, wave_\n", "wave_.py": "import colorsys\n"})
    program = "import app\nfor _ in range(3):\n    app.sys, app.wave_.colorsys, app.colorsys"
    assert run(tmp_path, program).stderr.splitlines() == [
        "headstart: a deferred import was needed: app.py:2:17 import wave_",
        "headstart: a deferred import was needed: wave_.py:1:7 import colorsys",
    ]
    assert run(tmp_path, program, HEADSTART_DEFERRAL_LOG="off").stderr == ""
    assert run(tmp_path, program, _HEADSTART_DEFERRAL="observe").stderr == ""


def test_a_log_that_nobody_reads_ends_nothing(tmp_path: Path):
    built(tmp_path, {"app.py": "import colorsys\n"})
    assert said(tmp_path, "import os, app\nos.close(2)\nprint(app.colorsys.__name__)") == "colorsys\n"


@pytest.mark.parametrize(
    ("switch", "loaded"),
    [
        ({}, []),
        ({"HEADSTART_DEFERRAL": "off"}, ["colorsys", "decimal", "fractions"]),
        ({"_HEADSTART_DEFERRAL": "observe"}, ["colorsys", "decimal", "fractions"]),
        ({"_HEADSTART_DEFERRAL": "only:5"}, ["decimal"]),
        ({"_HEADSTART_DEFERRAL": "only:"}, ["colorsys", "decimal", "fractions"]),
        ({"HEADSTART_DEFERRAL": "off", "_HEADSTART_DEFERRAL": "only:7"}, ["colorsys", "decimal", "fractions"]),
    ],
)
def test_switches_say_what_is_put_off(tmp_path: Path, switch: dict[str, str], loaded: list[str]):
    built(tmp_path, {"app.py": "import colorsys, decimal\nimport fractions_ as fractions\n", "fractions_.py": ""})
    program = "import app\nprint([n for n in ('colorsys', 'decimal', 'fractions_') if n in sys.modules])"
    assert said(tmp_path, program, **switch) == f"{loaded}\n".replace("fractions", "fractions_")


def test_an_import_that_fails_fails_each_time_at_its_own_line(tmp_path: Path):
    built(tmp_path, {"app.py": "'''Doc.'''\n\nimport flaky\n\n\ndef use():\n    return flaky\n", "flaky.py": "1 / 0\n"})
    program = (
        "import app, traceback\n"
        "for _ in range(2):\n"
        "    try:\n        app.use()\n"
        "    except ZeroDivisionError as error:\n"
        "        frames = traceback.extract_tb(error.__traceback__)\n"
        "        own = [frame for frame in frames if frame.filename.endswith(('app.py', 'flaky.py'))]\n"
        "        print([(frame.filename[len(sys.argv[1]) + 1 :], frame.lineno, frame.line) for frame in own])\n"
        "sys.modules['flaky'] = 'mended'\nprint(app.use())\n"
    )
    line = "[('app.py', 7, 'return flaky'), ('app.py', 3, 'import flaky'), ('flaky.py', 1, '1 / 0')]"
    assert said(tmp_path, program).splitlines() == [line, line, "mended"]


@pytest.mark.parametrize("python", PYTHONS)
def test_threads_that_use_names_at_once_get_the_same(tmp_path: Path, python: str):
    built(tmp_path, SLOW, runtime=python)
    program = (
        "import app, threading\nsys.setswitchinterval(1e-6)\nseen, start = [], threading.Barrier(12)\n"
        "def work():\n    start.wait()\n    seen.append([getattr(app, f'part{n}') for n in range(40)])\n"
        "threads = [threading.Thread(target=work) for _ in range(12)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print(len(seen), all(each == seen[0] for each in seen))\n"
    )
    done = run(tmp_path, program, runtime=python, HEADSTART_DEFERRAL_LOG="off")
    assert done.stdout == "12 True\n", done.stderr


@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_program_puts_in_the_place_of_a_name_stays_there(tmp_path: Path, python: str):
    built(tmp_path, SLOW, runtime=python)
    program = (
        "import app, threading\nsys.setswitchinterval(1e-6)\nfailed = []\n"
        "for number in range(40):\n"
        "    name = f'part{number}'\n"
        "    readers = [threading.Thread(target=lambda: getattr(app, name)) for _ in range(6)]\n"
        "    for reader in readers: reader.start()\n"
        "    setattr(app, name, 'put there')\n"
        "    for reader in readers: reader.join()\n"
        "    failed += [name] if getattr(app, name) != 'put there' else []\n"
        "print(failed, list(vars(app)).count('part7'))\n"
    )
    done = run(tmp_path, program, runtime=python, HEADSTART_DEFERRAL_LOG="off")
    assert done.stdout == "[] 1\n", done.stderr


def test_thousands_of_names_are_put_off_and_used(tmp_path: Path):
    names = [f"n{number}" for number in range(10_000)]
    imports = "".join(f"from own import {name}\n" for name in names)
    files = {"app.py": imports, "own.py": f"globals().update((f'n{{n}}', n) for n in range({len(names)}))\n"}
    built(tmp_path, files)
    program = (
        "import app\nprint('own' in sys.modules, len(dir(app)) - len(dir(sys.modules['__main__'])) >= 9_990)\n"
        "print(sum(getattr(app, f'n{n}') for n in range(10_000)), len(sys.modules['_headstart_deferral'].touched))\n"
    )
    assert said(tmp_path, program) == f"False True\n{sum(range(10_000))} 10000\n"


def test_order_stays_while_names_are_used(tmp_path: Path):
    files = {"app.py": "x = 1\nimport colorsys\nfrom own import y\nz = 3\n", "own.py": "y = 2\n"}
    built(tmp_path, files)
    program = (
        "import app\nfor name in (names := vars(app)):\n    getattr(app, str(name))\n"
        "print([str(n) for n in names if n[0] != '_'], [n for n in dir(app) if n[0] != '_'])"
    )
    assert said(tmp_path, program) == "['x', 'colorsys', 'y', 'z'] ['colorsys', 'x', 'y', 'z']\n"


def test_a_name_that_has_a_value_keeps_it_until_the_statement_runs(tmp_path: Path):
    built(tmp_path, {"app.py": "name = 1\nimport colorsys as name\n"})
    assert said(tmp_path, "import app\nprint('colorsys' in sys.modules, app.name.__name__)") == "True colorsys\n"


def test_parts_of_a_package_are_imported_with_its_name(tmp_path: Path):
    built(
        tmp_path,
        {"app.py": "import a.b\nimport a.c\ndef f(): a.b, a.c\n", "a/__init__.py": "", "a/b.py": "", "a/c.py": ""},
    )
    program = "import app\nruntime = sys.modules['_headstart_deferral']\nbefore = sorted(runtime.touched)\napp.a\n"
    program += "print(before, sorted(runtime.touched), 'a.b' in sys.modules, 'a.c' in sys.modules, app.a.c.__name__)"
    assert said(tmp_path, program) == "[] [0] True False a.c\n"
    assert said(tmp_path, program, _HEADSTART_DEFERRAL="observe") == "[] [0] True True a.c\n"


def test_a_submodule_of_a_package_that_is_there_waits_until_it_is_asked_for(tmp_path: Path):
    files = {
        "app.py": "import a\nimport a.b.c\nimport a.d\nNAME = a.__name__\ndef f(): a.b.c, a.d\n",
        "other.py": "import a, a.b.c\nNAME = a.__name__\ndef f(): a.b.c\n",
        "a/__init__.py": "",
        "a/b/__init__.py": "",
        "a/b/c.py": "import colorsys\nVALUE = 1\n",
        "a/d.py": "",
    }
    numbers = {each.key: number for number, each in enumerate(built(tmp_path, files))}
    waiting = [numbers[key] for key in ("app.py:2:7", "app.py:3:7", "other.py:1:10")]
    program = "import app, other\nruntime = sys.modules['_headstart_deferral']\n"
    program += f"waiting = {waiting}\ndef seen(): return [each in runtime.touched for each in waiting]\n"
    program += "def loaded(): return sorted(name for name in sys.modules if name.startswith('a.'))\n"
    program += "print(seen(), loaded())\nprint(hasattr(app.a, 'b'), seen(), loaded())\n"
    program += "print(app.a.b.c.VALUE, other.a.b.c.VALUE, seen(), loaded())"
    done = run(tmp_path, program)
    assert done.stdout.splitlines() == [
        "[False, False, False] []",
        "True [True, False, True] ['a.b']",
        "1 1 [True, False, True] ['a.b', 'a.b.c']",
    ]
    assert done.stderr.splitlines()[-1] == "headstart: a deferred import was needed: app.py:2:7 import a.b.c"
    seen = said(tmp_path, program, _HEADSTART_DEFERRAL="observe").splitlines()
    assert seen[0] == "[False, False, False] ['a.b', 'a.b.c', 'a.d']"


def test_threads_that_ask_for_submodules_at_once_get_the_same(tmp_path: Path):
    names = [f"m{number}" for number in range(40)]
    imports = "".join(f"import a.{name}\n" for name in names)
    files = {
        "app.py": f"import a\nLOADED = a.__name__\n{imports}def use(): {', '.join(f'a.{name}' for name in names)}\n",
        "a/__init__.py": "",
        **{f"a/{name}.py": "import time\ntime.sleep(0.001)\nVALUE = object()\n" for name in names},
    }
    units = built(tmp_path, files)
    eager = {number for number, each in enumerate(units) if each.text in {"import a", "import time"}}
    program = (
        "import app, sys, threading\nsys.setswitchinterval(1e-6)\nseen, start = [], threading.Barrier(8)\n"
        f"before, names = 'a.m0' in sys.modules, {names}\n"
        "def work():\n    start.wait()\n    seen.append([id(getattr(app.a, name).VALUE) for name in names])\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()\n"
        "print(before, len(seen), all(each == seen[0] for each in seen))"
    )
    switch = f"only:{sum(1 << number for number in range(len(units)) if number not in eager):x}"
    assert said(tmp_path, program, _HEADSTART_DEFERRAL=switch) == "False 8 True\n"


def test_a_name_that_is_handed_on_is_not_used_by_that(tmp_path: Path):
    files = {
        "app.py": "from a import x, y\n",
        "a/__init__.py": "from b import x\nfrom b import y, sub as z\n",
        "b/__init__.py": "from c import x, y\nfrom . import sub\n",
        "b/sub.py": "",
        "c.py": "x = y = 1\n",
    }
    found = built(tmp_path, files)
    program = "import app\nruntime = sys.modules['_headstart_deferral']\nprint(sorted(runtime.touched))\n"
    program += "app.x\nprint(sorted(runtime.touched))"
    before, after = map(json.loads, said(tmp_path, program, _HEADSTART_DEFERRAL="observe").splitlines())
    assert before == []
    assert [f"{found[number].path} {found[number].text}" for number in after] == [
        "a/__init__.py from b import x",
        "app.py from a import x",
        "b/__init__.py from c import x",
    ]


def test_a_copy_outlives_the_dictionary(tmp_path: Path):
    built(tmp_path, {"app.py": "import colorsys\n"})
    program = (
        "import app\ncopy = dict(vars(app))\nvars(app).clear()\nprint(copy['colorsys'] is sys.modules['colorsys'])"
    )
    assert said(tmp_path, program) == "True\n"


def test_all_names_of_a_package_import_none_of_its_modules(tmp_path: Path):
    files = {
        "app.py": "from web import *\n",
        "web/__init__.py": "from .one import name\n",
        "web/one.py": "name = 1\n",
        "web/never.py": "import web.gone\n",
        "web/gone.py": "1 / 0\n",
    }
    built(tmp_path, files)
    program = "import app\nprint('web.one' in sys.modules, app.one.name, app.name, 'web.gone' in sys.modules)"
    assert said(tmp_path, program) == "False 1 1 False\n"
    assert said(tmp_path, program, HEADSTART_DEFERRAL="off") == "True 1 1 False\n"


def test_names_are_pickled_as_text(tmp_path: Path):
    built(tmp_path, {"app.py": "import colorsys\nfrom own import y\n", "own.py": "y = 2\n"})
    program = (
        "import app, pickle, copy\napp.y\n"
        "names = [n for n in vars(app) if n[0] != '_']\n"
        "print([type(n) is str for n in pickle.loads(pickle.dumps(names))], [type(copy.copy(n)) is str for n in names])"
    )
    assert said(tmp_path, program) == "[True, True] [True, True]\n"


def test_submodules_that_others_imported_are_still_there(tmp_path: Path):
    files = {
        "app.py": "import json\nimport xml\n\n\ndef use():\n    return xml.dom.minidom.Node.__name__\n",
        "other.py": "import xml.dom.minidom\ndef f(): xml.dom.minidom\n",
    }
    built(tmp_path, files)
    program = (
        "import other, app\nprint(app.use(), sorted(sys.modules['_headstart_submodules'].reached))\napp.xml.nothing"
    )
    done = run(tmp_path, program, HEADSTART_DEFERRAL_LOG="off")
    assert done.stdout == "Node ['xml.dom', 'xml.dom.minidom']\n"
    assert done.stderr.splitlines()[-1] == "AttributeError: module 'xml' has no attribute 'nothing'"


def test_what_the_import_system_asks_for_is_not_reached(tmp_path: Path):
    files = {"app.py": "from web import errors\n", "web/__init__.py": "", "web/errors.py": ""}
    built(tmp_path, files)
    program = "import app, web\nfrom web import errors\nprint(app.errors is errors)\n"
    program += "print(sys.modules['_headstart_submodules'].reached)"
    assert said(tmp_path, program) == "True\nset()\n"


def test_the_probe_tells_what_was_used_where_and_when(tmp_path: Path):
    def put_off(number: int, line: int, name: str) -> str:
        text = f"import {name}"
        return f'if not __import__("_headstart_deferral").defer({number}, "", text="{text}", line={line}): {text}\n'

    app = "".join(put_off(number, number + 1, name) for number, name in enumerate(["colorsys", "wave", "decimal"]))
    app += (
        "import threading\n\n\ndef handler(event, context):\n"
        "    if event == 1:\n        return colorsys.__name__\n"
        "    thread = threading.Thread(target=lambda: decimal.__name__)\n    thread.start()\n    thread.join()\n"
    )
    files = {"app.py": app, **{file.name: file.read_text() for file in RUNTIME}}
    records = run_probe(tmp_path, files, events=(1, 2), probe="probe_deferral").records
    assert [(each["touched"], each["elsewhere"], each["reached"], each["events"]) for each in records] == [
        ([], [], [], 0),
        ([0], [], [], 1),
        ([0, 2], [2], [], 2),
    ]
    loaded = [[name in each["modules"] for name in ("colorsys", "decimal", "wave", "app")] for each in records]
    assert loaded == [[False, False, False, True], [True, False, False, True], [True, True, False, True]]


def test_the_probe_sees_nothing_where_nothing_is_put_off(tmp_path: Path):
    record = run_probe(tmp_path, {"app.py": "def handler(event, context): pass\n"}, probe="probe_deferral").record
    assert (record["touched"], record["elsewhere"], record["reached"]) == ([], [], [])
    assert "app" in record["modules"]
    assert json.dumps(record)


def test_sources_alone_put_nothing_off(tmp_path: Path):
    compiled(laid(tmp_path, {"app.py": "import colorsys\n"}))
    assert said(tmp_path, "import app\nprint('colorsys' in sys.modules)") == "True\n"
