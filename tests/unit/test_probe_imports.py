"""The imports probe: the tree of loads, what the events used, and what slow work it finds; on every Python here."""

import pytest
from probe_fixture import ProbeRun, pythons, run_probe

from headstart.engine.guest import probe_statements

PYTHONS = pythons()
every_python = pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS.keys())

_DISTRIBUTION = {
    "redis/__init__.py": "from redis.client import Redis\n",
    "redis/client.py": "import time\nclass Redis:\n    def __init__(self):\n        time.sleep(0.01)\n",
    "redis-5.0.dist-info/RECORD": "redis/__init__.py,sha256=x,10\nredis/client.py,sha256=x,10\n",
}


def _used(run: ProbeRun) -> dict[str, bool]:
    assert "error" not in run.record, run.record["error"]
    return {module["module"]: module["used"] for module in run.record["modules"]}


@every_python
def test_modules_form_the_tree_of_who_loaded_whom(tmp_path, python):
    files = {
        "app.py": "import time\nimport outer.inner\nfrom importlib import import_module\nimport_module('third')\n"
        "def handler(event, context):\n    import late\n    return 1\n",
        "outer/__init__.py": "import time\ntime.sleep(0.02)\n",
        "outer/inner.py": "\n\nimport leaf\n",
        "leaf.py": "import time\ntime.sleep(0.01)\n",
        "third.py": "",
        "late.py": "",
    }
    run = run_probe(tmp_path, files, python=python)
    app, outer, inner, leaf, third, late = (
        run.module(name) for name in ("app", "outer", "outer.inner", "leaf", "third", "late")
    )
    assert app["parent"] == -1
    assert outer["parent"] == inner["parent"] == third["parent"] == app["id"]
    assert leaf["parent"] == inner["id"]
    assert (outer["importer"], outer["line"]) == ("app.py", 2)
    assert (leaf["importer"], leaf["line"]) == ("outer/inner.py", 3)
    assert (third["importer"], third["line"]) == ("app.py", 4)
    assert 20 <= outer["self_ms"] < 80
    assert inner["cumulative_ms"] > 10 > inner["self_ms"]
    assert app["cumulative_ms"] > outer["cumulative_ms"] + inner["cumulative_ms"]
    assert app["cumulative_ms"] <= run.record["profiled_init_ms"]
    assert (late["in_handler"], late["parent"], late["line"]) == (True, -1, 6)
    assert not any(name["module"].startswith(("probe_", "importlib")) for name in run.record["modules"])
    assert run.answers == [1]


@every_python
def test_used_is_what_ran_or_was_named_on_a_line_that_ran(tmp_path, python):
    files = {
        "app.py": """
import big
import ran as r
import rare
import annotated
import decorating
import late_bound
import package.deep
import reexporting
from constants import LIMIT, OTHER
from package import sub
from reexporting import number
import csv
import fractions
import wave


@decorating.decorate
def handler(event, context) -> int:
    if event:
        rare.go()
        big.go()
    import fractions
    with_annotation: annotated.Kind = number()
    return helper() + LIMIT + r.go() + package.deep.VALUE + len(list(csv.reader(["a"])))


def helper(kind: annotated.Kind = None):
    return sum(late_bound.__dict__["X"] for _ in range(2))
""",
        "big.py": "def go():\n    pass\n",
        "ran.py": "def go():\n    return 1\n",
        "rare.py": "def go():\n    pass\n",
        "annotated.py": "class Kind:\n    pass\n",
        "decorating.py": "def decorate(function):\n    return lambda *given: function(*given)\n",
        "late_bound.py": "X = 1\n",
        "package/__init__.py": "",
        "package/deep.py": "VALUE = 1\n",
        "package/sub.py": "",
        "reexporting.py": "from source import number\nfrom unread import other\n",
        "source.py": "def number():\n    return 1\n",
        "unread.py": "other = 1\n",
        "constants.py": "from origin import LIMIT\nOTHER = 2\n",
        "origin.py": "LIMIT = 1\n",
    }
    used = _used(run_probe(tmp_path, files, python=python))
    expected_unused = {"big", "rare", "annotated", "package.sub", "unread", "wave"}
    own = {name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for name in files}
    own |= {"csv", "fractions", "wave"}
    assert {name for name in own if not used[name]} == expected_unused


@every_python
def test_used_is_also_what_own_code_built_on_in_init(tmp_path, python):
    files = {
        "app.py": """
import attribute
import base
import called
import decorating
import default
import parsed
import skipped
if False:
    skipped.go()
SETTINGS = called.make(
    parsed.VALUE,
)
class Child(base.Parent):
    field = attribute.VALUE
@decorating.plain
def handler(event, context, extra=default.VALUE):
    return 1
def never(event):
    return skipped.go()
""",
        "called.py": "import inside\nimport outside\ndef make(value):\n    return inside.go()\n",
        "inside.py": "def go():\n    return 1\n",
        "outside.py": "",
        "base.py": "class Parent:\n    pass\n",
        "decorating.py": "def plain(function):\n    return function\n",
        **dict.fromkeys(("attribute.py", "default.py", "parsed.py"), "VALUE = 1\n"),
        "skipped.py": "def go():\n    pass\n",
    }
    used = _used(run_probe(tmp_path, files, python=python))
    assert {name for name, is_used in used.items() if not is_used} == {"outside", "skipped"}


@every_python
def test_events_in_threads_and_coroutines_count_as_use(tmp_path, python):
    files = {
        "app.py": "import asyncio, threading\nimport first, second\n"
        "async def main():\n    await asyncio.sleep(0)\n    return second.go()\n"
        "def handler(event, context):\n"
        "    thread = threading.Thread(target=first.go)\n    thread.start()\n    thread.join()\n"
        "    return asyncio.run(main())\n",
        "first.py": "import only_first\ndef go():\n    return only_first.go()\n",
        "only_first.py": "def go():\n    return 1\n",
        "second.py": "def go():\n    return 2\n",
    }
    run = run_probe(tmp_path, files, python=python, events=({}, {}))
    assert run.answers == [2, 2]
    assert all(_used(run)[name] for name in ("asyncio", "first", "only_first", "second"))


@every_python
def test_work_at_module_level_is_found_by_statement(tmp_path, python):
    files = {
        "app.py": "import time\nimport slow\n\nVALUE = (\n    time.sleep(0.02),\n    slow.go(),\n)\n"
        "for _ in range(2):\n    time.sleep(0.01)\nquick = 1\n"
        "def handler(event, context, wait=time.sleep(0.01)):\n    return 1\n",
        "slow.py": "import time\nimport library\ndef go():\n    time.sleep(0.01)\n",
        "library.py": "import time\ntime.sleep(0.2)\n",
        "library-1.0.dist-info/RECORD": "library.py,,\n",
    }
    work = run_probe(tmp_path, files, python=python).record["top_level"]
    assert [(entry["path"], entry["line"], entry["source"]) for entry in work] == [
        ("app.py", 4, "VALUE = ("),
        ("app.py", 9, "time.sleep(0.01)"),
    ]
    assert 30 <= work[0]["self_ms"] < 150  # without the 200 ms of the import below it
    assert 20 <= work[1]["self_ms"] < 150


@every_python
def test_clients_made_in_events_are_timed_apart_from_the_watched_pass(tmp_path, python):
    files = {
        "app.py": "import redis\nSHARED = redis.Redis()\ndef handler(event, context):\n"
        "    return connect() if event else 0\ndef connect():\n    redis.Redis()\n    return 1\n",
        **_DISTRIBUTION,
    }
    run = run_probe(tmp_path, files, python=python, events=({}, {"a": 1}) * 2)
    (work,) = run.record["handler_work"]
    assert (work["path"], work["line"], work["source"]) == ("app.py", 6, "redis.Redis()")
    assert (work["what"], work["events"], run.record["events"]) == ("redis.Redis", 2, 4)
    (duration_ms,) = work["durations_ms"]
    assert 10 <= duration_ms < 80


def test_a_failed_import_keeps_its_time_and_its_place(tmp_path):
    files = {
        "app.py": "try:\n    import broken\nexcept ImportError:\n    broken = None\n"
        "try:\n    import absent.part\nexcept ImportError:\n    pass\ndef handler(event, context):\n    return 1\n",
        "broken.py": "import time\ntime.sleep(0.01)\nimport nowhere\n",
    }
    run = run_probe(tmp_path, files)
    broken, nowhere = run.module("broken"), run.module("nowhere")
    assert broken["cumulative_ms"] > 10
    assert broken["file"].endswith("broken.py")
    assert (nowhere["parent"], nowhere["file"]) == (broken["id"], None)
    assert run.module("absent")["parent"] == run.module("app")["id"]
    assert run.answers == [1]


@every_python
def test_import_machinery_finds_everything_as_without_the_probe(tmp_path, python):
    files = {
        "app.py": """
import importlib.util, pkgutil, sys, zipimport, zipfile
from importlib import resources
import tempfile

archive = tempfile.mkdtemp() + "/packed.zip"
with zipfile.ZipFile(archive, "w") as file:
    file.writestr("packed.py", "X = 1")
sys.path.append(archive)
import packed
import spaced.inner
import replaced

spec = importlib.util.find_spec("postponed")
spec.loader = importlib.util.LazyLoader(spec.loader)
postponed = importlib.util.module_from_spec(spec)
sys.modules["postponed"] = postponed
spec.loader.exec_module(postponed)


def handler(event, context):
    import _heapq, data, math
    return [
        type(packed.__spec__.loader).__name__,
        type(data.__loader__).__name__,
        data.__spec__.loader is data.__loader__,
        resources.files("data").joinpath("a.txt").read_text(),
        pkgutil.get_data("data", "a.txt").decode(),
        sorted(module.name for module in pkgutil.iter_modules(data.__path__)),
        type(spaced.__spec__.loader).__name__,
        replaced.attribute,
        type(postponed).__name__,
        postponed.X,
        type(postponed).__name__,
        type(math.__spec__.loader).__name__,
    ]
""",
        "data/__init__.py": "",
        "data/a.txt": "text",
        "data/b.py": "",
        "spaced/inner.py": "",
        "replaced.py": "import sys\nclass Stand:\n    attribute = 5\nsys.modules[__name__] = Stand()\n",
        "postponed.py": "X = 7\n",
    }
    plain = run_probe(tmp_path, files, python=python, probe=None)
    probed = run_probe(tmp_path, files, python=python)
    assert plain.end == "finished"
    assert probed.answers == plain.answers
    assert probed.module("replaced")["file"].endswith("replaced.py")
    assert probed.module("packed")["in_package"] is False
    assert probed.module("spaced")["parent"] == probed.module("app")["id"]


_FAILURES = {
    "raise": "def handler(event, context):\n    raise ValueError('no')\n",
    "lazy import": "def handler(event, context):\n    import breaking\n",
    "missing": "def handler(event, context):\n    import nowhere\n",
    "import": "import breaking\n",
    "syntax": "import unparsable\n",
    "exit": "import sys\ndef handler(event, context):\n    sys.exit(3)\n",
    "exit in init": "import sys\nimport fine\nsys.exit(3)\n",
}


@every_python
@pytest.mark.parametrize("app", _FAILURES.values(), ids=_FAILURES.keys())
def test_failures_look_as_without_the_probe_and_leave_a_record(tmp_path, python, app):
    files = {"app.py": app, "breaking.py": "import fine\n1 / 0\n", "fine.py": "", "unparsable.py": "def\n"}
    plain = run_probe(tmp_path, files, python=python, probe=None)
    probed = run_probe(tmp_path, files, python=python)
    assert (probed.answers, probed.end) == (plain.answers, plain.end)
    assert probed.record["modules"][0]["module"] == "app"


@every_python
def test_a_function_may_trace_itself(tmp_path, python):
    app = (
        "import sys, threading\nimport fine\nlines = []\n"
        "def trace(frame, event, argument):\n    lines.append(event)\n    return trace\n"
        "def handler(event, context):\n    before = sys.gettrace()\n    sys.settrace(trace)\n    import late\n"
        "    fine.go()\n    sys.settrace(None)\n    return len(lines) > 3\n"
    )
    files = {"app.py": app, "fine.py": "def go():\n    return 1\n", "late.py": "import wave\n"}
    run = run_probe(tmp_path, files, python=python, events=({}, {}))
    assert run.answers == [True, True]
    assert run.module("late")["in_handler"]


def test_bytecode_is_noticed(tmp_path):
    files = {
        "app.py": "import py_compile\nfor name in ('compiled', 'stale'):\n"
        "    py_compile.compile(__file__.replace('app.py', name + '.py'))\n"
        "with open(__file__.replace('app.py', 'stale.py'), 'a') as file:\n    file.write('Y = 2\\n')\n"
        "import compiled, plain, stale, _heapq\ndef handler(event, context):\n    return 1\n",
        **dict.fromkeys(("compiled.py", "plain.py", "stale.py"), "X = 1\n"),
    }
    run = run_probe(tmp_path, files)
    has_bytecode = {name: run.module(name)["has_bytecode"] for name in ("compiled", "plain", "stale", "_heapq")}
    assert has_bytecode == {"compiled": True, "plain": False, "stale": False, "_heapq": True}
    assert run.module("plain")["files"] >= 1


def test_memory_and_files_are_cumulative(tmp_path):
    files = {
        "app.py": "import outer\ndef handler(event, context):\n    return 1\n",
        "outer.py": "import inner\n",
        "inner.py": "open(__file__).close()\nBALLAST = bytearray(20_000_000)\n"
        "for page in range(0, len(BALLAST), 4096):\n    BALLAST[page] = 1\n",
    }
    run = run_probe(tmp_path, files)
    assert run.module("outer")["memory_kb"] >= run.module("inner")["memory_kb"] == pytest.approx(19_600, abs=700)
    assert run.module("outer")["files"] > run.module("inner")["files"] >= 2


def test_shipped_distributions_are_not_own_code(tmp_path):
    files = {
        "app.py": "import redis, bare\ndef handler(event, context):\n    return 1\n",
        **_DISTRIBUTION,
        "bare/__init__.py": "import bare_need\nbare_need.go()\n",
        "bare_need.py": "def go():\n    pass\n",
        "bare-1.0.egg-info/top_level.txt": "bare\nbare_need\n",
    }
    run = run_probe(tmp_path, files)
    assert _used(run) == {"app": True, "redis": False, "redis.client": False, "bare": False, "bare_need": False}
    assert run.module("redis.client")["in_package"]
    assert run.module("redis.client")["distribution"] == "redis"


def test_a_probe_that_fails_says_so_and_leaves_the_function_alone(tmp_path):
    files = {
        "app.py": "def handler(event, context):\n    return 1\n",
        "failing_probe.py": "import probe_runtime\nclass Session:\n    def pause(self):\n        return {}\n"
        "    def resume(self, event_body):\n        raise KeyError('lost')\n"
        "def install(emit, task_root):\n    probe_runtime.watch(Session(), emit)\n",
    }
    run = run_probe(tmp_path, files, probe="failing_probe")
    assert (run.answers, run.end) == ([1], "finished")
    assert "KeyError: 'lost'" in run.records[1]["error"]


@every_python
def test_what_the_probe_needs_itself_hides_no_import_of_the_function(tmp_path, python):
    app = "import sys\nLOADED = [*sys.modules]\ndef handler(event, context):\n    return LOADED\n"
    with_probe = run_probe(tmp_path / "with", {"app.py": app}, python=python)
    without = run_probe(tmp_path / "without", {"app.py": app}, python=python, probe=None)
    added = {name for name in set(with_probe.answers[0]) - set(without.answers[0]) if not name.startswith("probe_")}
    assert added <= {"__future__"}  # simplejson, which AWS's runtime client needs, loads it too


@pytest.mark.parametrize(
    ("source", "ran", "names"),
    [
        ("x = a.b(c)", {1}, {("a", "b"), ("c",)}),
        ("x = a.b(c)", set(), set()),
        ("x: a.T = b", {1}, {("b",)}),
        ("def f(x: a.T = b) -> c: d()", {1}, {("b",)}),
        ("@a.b\n@c\ndef f(): d()", {1, 2, 3}, {("a", "b"), ("c",)}),
        (
            "class C(a.B, metaclass=d):\n    x: e\n    y = f\n    def g(self): h()",
            {1},
            {("a", "B"), ("d",), ("e",), ("f",)},
        ),
        ("if a:\n    b()\nelse:\n    c()", {1, 2}, {("a",), ("b",)}),
        ("try:\n    a()\nexcept b.E as e:\n    c()\nfinally:\n    d()", {2, 6}, {("a",), ("d",)}),
        ("match a:\n    case b.C if d:\n        e()", {1, 2}, {("a",), ("b", "C"), ("d",)}),
        ("with a.b() as c, d:\n    pass", {1, 2}, {("a", "b"), ("d",)}),
        ("key = lambda x=a: b", {1}, set()),
        ("import a\nfrom b import c", {1, 2}, set()),
        ("a.b().c.d", {1}, {("a", "b")}),
    ],
)
def test_names_of_module_level_code_that_ran(source, ran, names):
    assert set(probe_statements.names_used(probe_statements.parse(source, "m.py"), ran)) == names
