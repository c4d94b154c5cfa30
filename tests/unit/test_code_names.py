"""How calls are named: through imports, assignments, attributes, classes and what functions return."""

from pathlib import Path

import pytest

from headstart.audit.code.program import Call, Program
from headstart.audit.code.reader import read


def program(tmp_path: Path, source: str, **others: str) -> Program:
    for name, text in {"app": source, **others}.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read(tmp_path)


def last_name(tmp_path: Path, source: str, **others: str) -> str:
    """The name of the call that ends last in app.py."""
    return last(program(tmp_path, source, **others)).name


def last(found: Program) -> Call:
    calls = found.modules["app"].every_call()
    return max(calls, key=lambda call: (call.node.end_lineno, call.node.end_col_offset))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import boto3\nboto3.client('s3')", "boto3.client"),
        ("import boto3 as b\nb.client('s3')", "boto3.client"),
        ("from boto3 import client as c\nc('s3')", "boto3.client"),
        ("import os.path\nos.path.join('a')", "os.path.join"),
        ("import os.path as p\np.join('a')", "os.path.join"),
        ("from x import *\nclient('s3')", ""),
        ("from x import *\nlen('s3')", "len"),
        ("unknown()", ""),
        ("def f():\n    import boto3\n    boto3.client('s3')", "boto3.client"),
        ("try:\n    import a as x\nexcept ImportError:\n    import b as x\nx.f()", ""),
    ],
)
def test_imports(source: str, name: str, tmp_path: Path):
    assert last_name(tmp_path, source) == name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("c = q.Q()\nc.f()", "q.Q().f"),
        ("c = q.Q().f()\nc.g()", "q.Q().f().g"),
        ("c: q.Q = make()\nc.f()", ""),
        ("c: q.Q | None = None\nc.f()", "q.Q().f"),
        ("a, b = q.Q(), q.R()\nb.f()", "q.R().f"),
        ("a, b = q.both()\nb.f()", ""),
        ("c = q.Q() if x else None\nc.f()", "q.Q().f"),
        ("c = q.Q() if x else q.R()\nc.f()", ""),
        ("c = given or q.Q()\nc.f()", "q.Q().f"),
        ("if (c := q.Q()):\n    c.f()", "q.Q().f"),
        ("with q.Q() as c:\n    c.f()", "q.Q().f"),
        ("for c in q.Q():\n    c.f()", "q.Q()[].f"),
        ("[0 for c in q.Q() if c.f()]", "q.Q()[].f"),
        ("q.Q()['body'].read()", "q.Q()[].read"),
        ("c = q.Q()\nc = q.R()\nc.f()", ""),
        ("c = None\nc = q.Q()\nc.f()", "q.Q().f"),
        ("'x'.join([])", "str().join"),
        ("c = {}\nc.update()", "dict().update"),
        ("(pathlib.Path('a') / 'b').touch()", "pathlib.Path().touch"),
        ("async def f():\n    (await q.Q()).f()", "q.Q().f"),
        ("def f(c: q.Q):\n    c.f()", "q.Q().f"),
        ("def f(c: 'Optional[q.Q]'):\n    c.f()", "q.Q().f"),
        ("def f(c=q.Q()):\n    c.f()", "q.Q().f"),
        ("def f(c):\n    c.f()", ""),
        ("def f(*c):\n    c.index()", "tuple().index"),
        ("c = q.Q()\ndef f(c):\n    c.f()", ""),
        ("c = None\ndef f():\n    global c\n    c = q.Q()\ndef g():\n    c.f()", "q.Q().f"),
        ("def f():\n    c = None\n    def g():\n        nonlocal c\n        c = q.Q()\n    c.f()", "q.Q().f"),
        ("make = functools.partial(q.Q, 1)\nmake().f()", "q.Q().f"),
        ("try:\n    pass\nexcept q.Error as e:\n    e.f()", "q.Error().f"),
        ("match q.Q():\n    case [c]:\n        c.f()", ""),
    ],
)
def test_assignments(source: str, name: str, tmp_path: Path):
    imports = "import functools, pathlib\nfrom typing import Optional\nimport q\n"
    assert last_name(tmp_path, imports + source) == name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("A().m()", "app.A.m"),
        ("a = A()\na.m()", "app.A.m"),
        ("A.s()", "app.A.s"),
        ("A.made().m()", "app.A.m"),
        ("B().m()", "app.A.m"),
        ("B().own()", "app.B.own"),
        ("A().kept.f()", "q.Q().f"),
        ("A().shared.f()", "q.R().f"),
        ("A().prop.f()", "q.Q().f"),
        ("A().missing()", "app.A.missing"),
        ("C().given()", "q.Foreign().given"),
        ("with A() as a:\n    a.m()", "app.A.m"),
        ("A()()", "app.A()"),
        ("made = A()\nmade().f()", "q.T().f"),
    ],
)
def test_classes(source: str, name: str, tmp_path: Path):
    classes = """
import q
class A:
    shared = q.R()
    def __init__(self):
        self.kept = q.Q()
    def m(self): pass
    @staticmethod
    def s(): pass
    @classmethod
    def made(cls):
        return cls()
    @property
    def prop(self):
        return self.kept
    def __enter__(self):
        return self
    def __call__(self):
        return q.T()
class B(A):
    def own(self): pass
class C(q.Foreign): pass
"""
    assert last_name(tmp_path, classes + source) == name


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return q.Q()", "q.Q().f"),
        ("made = q.Q()\n    return made", "q.Q().f"),
        ("return None if x else q.Q()", "q.Q().f"),
        ("if x:\n        return q.R()\n    return q.Q()", "app.make().f"),
        ("return make()", "app.make().f"),
        ("yield q.Q()", "app.make().f"),
    ],
)
def test_what_functions_return(body: str, name: str, tmp_path: Path):
    assert last_name(tmp_path, f"import q\ndef make():\n    {body}\nmake().f()\n") == name


def test_context_managers_of_the_program(tmp_path: Path):
    source = "import contextlib, q\n@contextlib.contextmanager\ndef c():\n    yield q.Q()\nwith c() as it:\n    it.f()"
    assert last_name(tmp_path, source) == "q.Q().f"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from clients import s3\ns3.f()", "q.Q().f"),
        ("import clients\nclients.s3.f()", "q.Q().f"),
        ("from folder import again\nagain.f()", "q.Q().f"),
        ("from folder.deep import make\nmake()", "folder.deep.make"),
        ("import folder.deep\nfolder.deep.make().f()", "q.Q().f"),
        ("from folder import starred\nstarred()", "folder.deep.starred"),
        ("from clients import missing\nmissing()", ""),
    ],
)
def test_modules_of_the_program(source: str, name: str, tmp_path: Path):
    others = {
        "clients": "import q\ns3 = q.Q()\n",
        "folder__deep": "from clients import s3\nimport beside\ndef make(): return s3\ndef starred(): beside.g()\n",
        "folder__beside": "def g(): pass\n",
    }
    (tmp_path / "folder").mkdir()
    package = "from clients import s3 as again\nfrom .deep import *\nfrom . import deep\n"
    (tmp_path / "folder/__init__.py").write_text(package)
    found = program(tmp_path, source, **others)
    assert last(found).name == name
    assert found.functions["folder.deep.starred"].calls[0].name == "folder.beside.g"


def test_what_refers_to_itself_is_not_known(tmp_path: Path):
    source = "x = x()\nclass A(A): pass\nA().b()\ny = lambda: y()\ny()()\nfrom other import a\na.f()\n"
    names = [call.name for call in program(tmp_path, source, other="from app import a\n").every_call()]
    assert "app.A.b" in names


def test_where_a_call_stands(tmp_path: Path):
    source = """
import q
for x in q.loop():
    q.a()
try:
    q.b()
except ValueError:
    q.c()
with q.d() as opened:
    q.e()
[q.f() for y in z]
if __name__ == "__main__":
    q.g()
def g():
    q.h()
"""
    calls = {call.name: call for call in program(tmp_path, source).every_call()}
    assert {name for name, call in calls.items() if call.in_loop} == {"q.a", "q.f"}
    assert {name for name, call in calls.items() if call.in_try} == {"q.b"}
    assert {name for name, call in calls.items() if call.in_except} == {"q.c"}
    assert {name for name, call in calls.items() if call.is_entered} == {"q.d"}
    assert {name for name, call in calls.items() if call.in_with} == {"q.e"}
    assert {name for name, call in calls.items() if call.in_main} == {"q.g"}
    assert {name for name, call in calls.items() if call.in_function} == {"q.h"}


def test_definitions_of_one_name_are_all_read_and_the_last_counts(tmp_path: Path):
    source = "import q\nif q.x:\n    def f(): q.a()\nelse:\n    def f(): q.b()\nf()\n"
    found = program(tmp_path, source)
    assert {call.name for call in found.every_call()} == {"q.a", "q.b", "app.f"}
    assert [call.name for call in found.functions["app.f"].calls] == ["q.b"]
