"""Places of syntax nodes are in characters, as editors and SARIF count them."""

import ast

import pytest

from headstart.model.infrastructure import Place
from headstart.model.python_places import PythonPlaces


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b.c", Place("app.py", 1, 5)),
        ('x = "é€𝄞"; y = b.c', Place("app.py", 1, 16)),
        ("\f\nüx = b.c", Place("app.py", 2, 6)),
    ],
)
def test_columns_count_characters(source, expected):
    tree = ast.parse(source)
    node = next(each for each in ast.walk(tree) if isinstance(each, ast.Attribute))
    assert PythonPlaces("app.py", source).at(node) == expected


def test_a_node_without_a_place_stands_for_the_file():
    assert PythonPlaces("app.py", "x").at(ast.parse("x")) == Place("app.py")
