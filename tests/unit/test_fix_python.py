"""Edits of Python code: the expression or statement is replaced, and nothing else."""

import ast

import pytest

from headstart.audit.fix.python_text import edited
from headstart.errors import EditError
from headstart.model.finding import ReplaceCode

SOURCE = '''\
#!/usr/bin/env python
"""The shop."""
from __future__ import annotations

import os  # settings
import boto3


def handler(event, context):
    # wörter  stay
    started = datetime.utcnow(); total = 2 * price + 1   # odd   spacing
    if total:
        s3 = boto3.client("s3")
        unused = 1
    return {"text": "é", "at": datetime.utcnow()}
'''


def replacing(old: str, new: str, *, imports: tuple[str, ...] = (), nth: int = 0, source: str = SOURCE) -> ReplaceCode:
    """The edit that a rule would make of the ``nth`` node which reads ``old``."""
    nodes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.expr | ast.stmt) and ast.unparse(node) == old and not isinstance(node, ast.Expr)
    ]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    node = nodes[nth]
    before = source.encode().splitlines()[node.lineno - 1][: node.col_offset].decode()
    return ReplaceCode(file="app.py", line=node.lineno, column=len(before) + 1, old=old, new=new, imports=imports)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (
            replacing("datetime.utcnow()", "datetime.now(UTC)"),
            "started = datetime.utcnow();",
            "started = datetime.now(UTC);",
        ),
        (replacing("datetime.utcnow()", "now()", nth=1), '"é", "at": datetime.utcnow()', '"é", "at": now()'),
        (replacing("price", "a + b"), "2 * price + 1", "2 * (a + b) + 1"),
        (replacing("price", "a ** b"), "2 * price + 1", "2 * a ** b + 1"),
        (replacing("unused = 1", ""), "        unused = 1\n", ""),
        (
            replacing("s3 = boto3.client('s3')", "s3 = client()\ns3.ready()"),
            '        s3 = boto3.client("s3")\n',
            "        s3 = client()\n        s3.ready()\n",
        ),
    ],
    ids=lambda value: value.new if isinstance(value, ReplaceCode) else "",
)
def test_only_the_code_changes(edit, before, after, line_end):
    assert SOURCE.count(before) == 1
    new = edited(SOURCE.replace("\n", line_end), [edit])
    assert new == SOURCE.replace(before, after).replace("\n", line_end)


def test_several_edits_of_a_file_are_made_at_once():
    edits = [replacing("datetime.utcnow()", "now()", nth=nth, imports=("from clock import now",)) for nth in (0, 1)]
    new = edited(SOURCE, edits)
    assert new.count("now()") == 2
    assert new.count("import boto3\nfrom clock import now\n\n\n") == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os\nx = 1\n", "import os\nfrom a import b\nx = 2\n"),
        ("from a import b, c\nx = 1\n", "from a import b, c\nx = 2\n"),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nfrom a import b\nx = 2\n'),
        ("# coding: utf-8\nx = 1\n", "# coding: utf-8\nfrom a import b\nx = 2\n"),
        ("# Ours.\n\n# One\nx = 1\n", "# Ours.\nfrom a import b\n\n# One\nx = 2\n"),
        ("from a import b as c\nx = 1\n", "from a import b as c\nfrom a import b\nx = 2\n"),
    ],
)
def test_imports_go_to_the_others_unless_they_are_there(source, expected):
    edit = replacing("1", "2", imports=("from a import b",), source=source)
    assert edited(source, [edit]) == expected


def test_a_second_run_finds_other_code_and_refuses():
    edit = replacing("datetime.utcnow()", "datetime.now(UTC)")
    with pytest.raises(EditError, match="has changed"):
        edited(edited(SOURCE, [edit]), [edit])


@pytest.mark.parametrize(
    ("source", "old", "new", "said"),
    [
        ("f(  # why\n    1)\n", "f(1)", "g(1)", "a comment"),
        ("x = 1\n# why\ny = 2  # how\n", "y = 2", "", "a comment"),
        ("if a:\n    b()\nelif c:\n    d()\n", "if c:\n    d()", "e()", "cannot stand there"),
        ("def f():\n    x = 1\n", "x = 1", "", "cannot stand there"),
        ("x = 1\n", "1", "y = 2", "cannot stand there"),
        ("x = 1\n", "1", "a b", "cannot stand there"),
        ("f(a)\n", "f(a)", "b\nc", ""),
    ],
)
def test_what_would_lose_or_change_something_is_refused(source, old, new, said):
    edit = replacing(old, new, source=source)
    if said:
        with pytest.raises(EditError, match=said):
            edited(source, [edit])
    else:
        assert edited(source, [edit]) == "b\nc\n"


def test_two_edits_of_one_piece_are_refused():
    with pytest.raises(EditError, match="another edit"):
        edited(SOURCE, [replacing("2 * price + 1", "3"), replacing("price", "4")])


KEPT = [
    ("x = (  # why\n    f(1)  # and\n)\n", "f(1)", "g(1)", "x = (  # why\n    g(1)  # and\n)\n"),
    ("# above\nx = f(1)  # beside\n# below\n", "x = f(1)", "y = 2", "# above\ny = 2  # beside\n# below\n"),
    ("if a:\n\tif b:\n\t\tx = 1\n", "x = 1", "if c:\n    y = 2", "if a:\n\tif b:\n\t\tif c:\n\t\t\ty = 2\n"),
    ("a = 1\n\f\nb = f(1)", "f(1)", "g(1)", "a = 1\n\f\nb = g(1)"),
    ("@d(f(1))\n@e\ndef g(): pass\n", "f(1)", "h(1)", "@d(h(1))\n@e\ndef g(): pass\n"),
    ("x = f'é {a!r:>{f(1)}}' f\"{b['é']}\"", "f(1)", "g(1)", "x = f'é {a!r:>{g(1)}}' f\"{b['é']}\""),
    ("x = 1 + \\\n    f(1)\n", "f(1)", "a or b", "x = 1 + \\\n    (a or b)\n"),
    ("return_ = -(f(1)) ** 2", "f(1)", "-a", "return_ = -(-a) ** 2"),
    ("d = ('a' 'b')\n", "'ab'", "'c'", "d = ('c')\n"),
]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "bom"])
@pytest.mark.parametrize(("source", "old", "new", "expected"), KEPT)
def test_whatever_stands_around_the_code_is_kept(source, old, new, expected, mark):
    assert edited(mark + source, [replacing(old, new, source=source)]) == mark + expected


@pytest.mark.parametrize("source", ["a = 1\rb = f(1)\r", "a = 1\n\fb = f(1)\n"], ids=["cr", "form-feed"])
def test_what_libcst_would_lose_is_refused(source):
    with pytest.raises(EditError, match="does not keep"):
        edited(source, [replacing("f(1)", "g(1)", source=source)])


def test_what_is_not_python_is_refused():
    with pytest.raises(EditError, match="not Python"):
        edited("def", [replacing("price", "1")])
