"""Edits that move code: imports, values, what stands in a with, lines of a text; and what they refuse."""

import pytest

from headstart.audit.fix import plain_text
from headstart.audit.fix.python_text import edited
from headstart.errors import EditError
from headstart.model.finding import AddLine, HoistCode, MoveImport, ReplaceCode, UnwrapWith


def moving(name: str, *before: tuple[int, int], old: str, line: int = 1) -> MoveImport:
    return MoveImport(file="app.py", line=line, column=1, old=old, name=name, before=before)


def hoisting(line: int, *, old: str, new: str, name: str = "a", value: str = "f()", after: int = 1) -> HoistCode:
    return HoistCode(
        file="app.py", line=line, column=5, old=old, new=new, name=name, value=value, after=after, imports=()
    )


def test_names_of_one_import_go_their_own_ways_and_meet_again():
    source = "from a import (\n    b,  # one\n    c,\n)\n\n\ndef f():\n    b()\n\n\ndef g():\n    b(c)\n"
    old = "from a import b, c"
    both = [moving("b", (8, 5), (12, 5), old=old), moving("c", (12, 5), old=old)]
    with pytest.raises(EditError, match="a comment"):
        edited(source, [moving("b", (8, 5), old=old), both[1]])
    assert edited(source.replace("  # one", ""), both) == (
        "def f():\n    from a import b\n\n    b()\n\n\ndef g():\n"
        "    from a import (\n        b,\n        c,\n    )\n\n    b(c)\n"
    )


def test_what_stands_above_an_import_that_goes_stays():
    source = "#!/usr/bin/env python\n# Ours.\nimport a\n\n# Theirs.\nimport b\n\nX = 1\n"
    assert edited(source, [moving("a", old="import a", line=3)]) == (
        "#!/usr/bin/env python\n# Ours.\n\n# Theirs.\nimport b\n\nX = 1\n"
    )
    assert edited(source, [moving("b", old="import b", line=6)]) == (
        "#!/usr/bin/env python\n# Ours.\nimport a\n\n# Theirs.\n\nX = 1\n"
    )


@pytest.mark.parametrize(
    ("source", "edit", "said"),
    [
        ("import a; x = 1\n", moving("a", old="import a\nx = 1"), "no import statement of its own line"),
        ("import a\n", moving("b", old="import a"), "does not import b"),
        ("from a import *\n", moving("b", old="from a import *"), "no import statement"),
        ("import a\nif x: a()\n", moving("a", (2, 7), old="import a"), "nothing can be put before line 2"),
        ("import a\nif x:\n    y()\nelif a:\n    z()\n", moving("a", (4, 1), old="import a"), "no room"),
        ("import a\n\ndef f():\n    return f()\n", hoisting(4, old="f()", new="a", after=9), "not there"),
        ("import a\n\ndef f():\n    return f()\n", hoisting(4, old="return f()", new="", after=2), "nothing at module"),
        (
            "with a() as b: b()\n",
            UnwrapWith(file="app.py", line=1, column=1, old="with a() as b:\n    b()"),
            "own lines",
        ),
    ],
)
def test_what_has_no_room_is_refused(source, edit, said):
    with pytest.raises(EditError, match=said):
        edited(source, [edit])


def test_one_name_has_one_value():
    source = "import x\n\n\ndef f():\n    g(x(1), x(2))\n    return x(1)\n"
    first, again = (
        HoistCode(
            file="app.py",
            line=line,
            column=column,
            old="x(1)",
            new="one",
            name="one",
            value="x(1)",
            after=1,
            imports=(),
        )
        for line, column in ((5, 7), (6, 12))
    )
    assert edited(source, [first, again]) == (
        "import x\n\none = x(1)\n\n\ndef f():\n    g(one, x(2))\n    return one\n"
    )
    other = HoistCode(
        file="app.py", line=5, column=13, old="x(2)", new="one", name="one", value="x(2)", after=1, imports=()
    )
    with pytest.raises(EditError, match="one is something else already"):
        edited(source, [first, other])


def test_edits_within_what_is_unwrapped_are_made_too():
    source = "# Above.\nwith a() as b:  # beside\n    # Inside.\n    x = b.map(f)  # its own\ny = 1\n"
    edits = [
        UnwrapWith(file="app.py", line=2, column=1, old="with a() as b:\n    x = b.map(f)"),
        ReplaceCode(file="app.py", line=4, column=9, old="b.map(f)", new="map(f)", imports=("from m import map",)),
    ]
    assert edited(source, edits) == ("# Above.\nfrom m import map\n# beside\n# Inside.\nx = map(f)  # its own\ny = 1\n")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "kit\n"),
        ("boto3", "boto3\nkit\n"),
        ("boto3\r\n", "boto3\r\nkit\r\n"),
        ("boto3\n kit \n", "boto3\n kit \n"),
    ],
)
def test_a_line_is_added_once(text, after):
    assert plain_text.edited(text, AddLine(file="requirements.txt", line="kit")) == after
