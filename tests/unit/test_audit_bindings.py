"""Names of a module with what they are bound to, and its nodes with what is around them."""

import ast
from textwrap import dedent

from headstart.audit.code.bindings import Bindings
from headstart.audit.code.nodes import Nodes


def read(code: str) -> tuple[Nodes, Bindings]:
    nodes = Nodes(ast.parse(dedent(code)))
    return nodes, Bindings(nodes)


def values(code: str, name: str) -> list[str | None]:
    """What the last read of a name may give."""
    nodes, bindings = read(code)
    reads = [node for node in nodes.of(ast.Name) if node.id == name and isinstance(node.ctx, ast.Load)]
    return [value and ast.unparse(value) for value in bindings.values(reads[-1])]


def test_values_of_a_name_in_the_scope_that_has_it():
    assert values("x = 1\ndef f():\n    return x", "x") == ["1"]
    assert values("x = 1\ndef f():\n    x = 2\n    return x", "x") == ["2"]
    assert values("x = 1\nif y:\n    x = 2\nprint(x)", "x") == ["1", "2"]


def test_what_is_not_known_is_none():
    assert values("def f(x=1):\n    return x", "x") == [None]
    assert values("for x in y:\n    print(x)", "x") == [None]
    assert values("x, z = y\nprint(x)", "x") == [None]
    assert values("x = 1\nx += 1\nprint(x)", "x") == ["1", None]


def test_what_with_enters_and_a_walrus_give():
    assert values("with a() as x:\n    print(x)", "x") == ["a()"]
    assert values("if (x := a()):\n    print(x)", "x") == ["a()"]


def test_names_that_are_imported_have_no_values():
    assert values("import x\nprint(x)", "x") == []


def test_a_global_of_a_function_is_the_modules():
    code = "x = None\ndef f():\n    global x\n    x = 1\ndef g():\n    return x"
    assert values(code, "x") == ["None", "1"]


def test_a_nonlocal_is_the_outer_functions():
    assert values("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return x", "x") == [
        "1",
        "2",
    ]


def test_reads_are_those_of_one_scope():
    nodes, bindings = read("def f():\n    x = []\n    x.append(1)\n    def g():\n        return x\n    return len(x)")
    outer, inner = nodes.of(ast.FunctionDef)
    assert [read.lineno for read in bindings.reads(outer, "x")] == [3, 6]
    assert [read.lineno for read in bindings.reads(inner, "x")] == [5]


def test_nodes_come_in_the_order_of_the_source_and_know_what_is_around_them():
    nodes, _ = read("def f():\n    for x in y:\n        z(x)\nz(1)")
    first, second = nodes.of(ast.Call)
    assert (first.lineno, second.lineno) == (3, 4)
    assert [type(node).__name__ for node in nodes.around(first)] == ["Expr", "For", "FunctionDef", "Module"]
    assert nodes.function_around(second) is None
