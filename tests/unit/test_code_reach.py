"""What an invocation may run, what it runs anew each time, and which function a handler setting names."""

from pathlib import Path

import pytest

from headstart.audit import handlers
from headstart.audit.code.reader import read


def reached(tmp_path: Path, source: str, *, repeated: bool = False) -> dict[str, list[str]]:
    """The functions that app.handler reaches, each with the names of the calls on the way."""
    (tmp_path / "app.py").write_text(source)
    program = read(tmp_path)
    find = program.repeated if repeated else program.reachable
    ways = find(program.functions["app.handler"])
    return {function.name: [call.name for call in way] for function, way in ways.items() if function.name != "handler"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def handler(e, c): f()\ndef f(): g()\ndef g(): f()", ["f", "g"]),
        ("def handler(e, c): map(f, e)\ndef f(x): pass\ndef g(): pass", ["f"]),
        ("import functools\ndef handler(e, c): functools.partial(f, 1)()\ndef f(x): pass", ["f"]),
        ("def handler(e, c):\n    def inner(): f()\n    return inner\ndef f(): pass", ["f", "handler.inner"]),
        ("def handler(e, c): A().m()\nclass A:\n    def __init__(self): f()\n    def m(self): pass\ndef f(): pass",
         ["A.__init__", "A.m", "f"]),
        ("class A:\n    @property\n    def p(self): return f()\na = A()\ndef f(): pass\ndef handler(e, c): a.p",
         ["A.p", "f"]),
        ("def wrap(x):\n    f()\n    def inner(*a): g()\n    return inner\n@wrap\ndef handler(e, c): pass\n"
         "def f(): pass\ndef g(): pass", ["g", "wrap.inner"]),
        ("def handler(e, c): return (lambda: f())()\ndef f(): pass", ["f", "handler.<lambda 1:28>"]),
        ("f()\ndef f(): pass\ndef handler(e, c): pass", []),
    ],
    ids=["cycle", "callback", "partial", "nested", "method", "property", "decorator", "lambda", "import"],
)  # fmt: skip
def test_what_a_handler_reaches(source: str, expected: list[str], tmp_path: Path):
    assert sorted(reached(tmp_path, source)) == expected


def test_the_shortest_way(tmp_path: Path):
    source = "def handler(e, c):\n    a()\n    b()\ndef a(): aa()\ndef aa(): b()\ndef b(): d()\ndef d(): pass\n"
    assert reached(tmp_path, source) == {
        "a": ["app.a"],
        "b": ["app.b"],
        "aa": ["app.a", "app.aa"],
        "d": ["app.b", "app.d"],
    }


_KEPT = {
    "memoised": "import functools\n@functools.cache\ndef kept(): return make()\n",
    "bounded": "from functools import lru_cache\n@lru_cache(maxsize=1)\ndef kept(): return make()\n",
    "kit": "from headstart_kit import resource\n@resource\ndef kept(): return make()\n",
    "global": "x = None\ndef kept():\n    global x\n    if x is None:\n        x = make()\n    return x\n",
    "early": "x = None\ndef kept():\n    global x\n    if x:\n        return x\n    x = make()\n    return x\n",
    "else": "x = None\ndef kept():\n    global x\n    if x:\n        pass\n    else:\n        x = make()\n",
    "or": "x = None\ndef kept():\n    global x\n    x = x or make()\n    return x\n",
    "conditional": "x = None\ndef kept():\n    global x\n    x = x if x else make()\n",
    "name error": "def kept():\n    global x\n    try:\n        return x\n    except NameError:\n        x = make()\n",
    "item": "x = {}\ndef kept():\n    if 'k' not in x:\n        x['k'] = make()\n    return x['k']\n",
    "key error": "x = {}\ndef kept():\n    try:\n        return x['k']\n    except KeyError:\n        pass\n"
    "    x['k'] = make()\n",
    "local first": "x = {}\ndef kept():\n    y = x.get('k')\n    if not y:\n        y = make()\n        x['k'] = y\n",
    "walrus": "x = {}\ndef kept():\n    if (y := x.get('k')) is not None:\n        return y\n    x['k'] = y = make()\n",
    "attribute": "def kept():\n    if not hasattr(kept, 'x'):\n        kept.x = make()\n",
    "computed": "def kept(n='a'):\n    if not getattr(kept, n, None):\n        setattr(kept, n, make())\n",
    "closure": "def outer():\n    x = None\n    def inner():\n        nonlocal x\n        if x is None:\n"
    "            x = make()\n    return inner\nkept = outer()\n",
    "filled": "x = []\ndef kept():\n    if not x:\n        x.append(make())\n    return x[0]\n",
    "globals": "def kept():\n    if 'x' not in globals():\n        globals()['x'] = make()\n",
    "while": "x = None\ndef kept():\n    global x\n    while x is None:\n        x = make()\n",
}


@pytest.mark.parametrize("source", _KEPT.values(), ids=_KEPT)
def test_what_runs_once_is_not_repeated(source: str, tmp_path: Path):
    source += "def make(): pass\ndef handler(e, c): kept()\n"
    assert "make" not in reached(tmp_path, source, repeated=True)


_ANEW = {
    "local": "def anew():\n    x = None\n    if x is None:\n        x = make()\n",
    "local dict": "def anew():\n    x = {}\n    if 'k' not in x:\n        x['k'] = make()\n",
    "condition": "import q\ndef anew():\n    global x\n    if q.wanted:\n        x = make()\n",
    "unconditional": "def anew():\n    global x\n    x = make()\n",
    "parameter": "def anew(x=None):\n    x = x or make()\n",
    "another": "def anew():\n    global x\n    if x is None:\n        y = make()\n",
}


@pytest.mark.parametrize("source", _ANEW.values(), ids=_ANEW)
def test_what_runs_anew_is_repeated(source: str, tmp_path: Path):
    source += "def make(): pass\ndef handler(e, c): anew()\n"
    assert "make" in reached(tmp_path, source, repeated=True)


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("app.handler", "app.handler"),
        ("folder/app.handler", "folder.app.handler"),
        ("folder.app.handler", "folder.app.handler"),
        ("app.again", "folder.app.handler"),
        ("app.wrapped", "app.handler"),
        ("app.wrapped_twice", "app.handler"),
        ("app.partly", "app.handler"),
        ("app.called", "app.App.__call__"),
        ("app.method", "app.App.handle"),
        ("app.foreign", None),
        ("app.missing", None),
        ("nowhere.handler", None),
        ("handler", None),
    ],
)
def test_the_function_behind_a_setting(setting: str, found: str | None, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/app.py").write_text("def handler(event, context): pass\n")
    (tmp_path / "app.py").write_text(
        "import functools\nfrom mangum import Mangum\nfrom tools import wrap\nfrom folder.app import handler as again\n"
        "class App:\n    def __call__(self, event, context): pass\n    def handle(self, event, context): pass\n"
        "@wrap\ndef handler(event, context): pass\n"
        "wrapped = wrap(handler)\nwrapped_twice = wrap(wrap(handler, 1))\npartly = functools.partial(handler, x=1)\n"
        "called = App()\nmethod = App().handle\nforeign = Mangum(object())\n"
    )
    function = handlers.named(read(tmp_path), setting)
    assert (function and function.full_name) == found
