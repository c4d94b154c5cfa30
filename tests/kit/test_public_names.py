"""Every public name is what its module calls so, and the kit's page shows how to use it."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

import headstart_kit

PAGE = Path(headstart_kit.__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", headstart_kit.__all__)
def test_a_public_name_is_at_home_somewhere(name: str):
    home = import_module(f"headstart_kit.{headstart_kit._HOMES[name]}")
    assert getattr(headstart_kit, name) is getattr(home, name)


def test_there_is_a_home_for_every_public_name():
    assert sorted(headstart_kit._HOMES) == headstart_kit.__all__ == dir(headstart_kit)


def test_no_other_name_is_public():
    with pytest.raises(AttributeError, match="module 'headstart_kit' has no attribute 'cache_for_ever'"):
        headstart_kit.cache_for_ever  # noqa: B018 (that it is looked up is what is tried)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_page_shows_names_that_exist(block: str):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("headstart_kit"):
            for alias in node.names:
                assert hasattr(import_module(node.module), alias.name), alias.name


def test_the_page_is_one_page_and_names_them_all():
    text = PAGE.read_text("utf-8")
    assert text.count("\n") <= 150
    assert [name for name in headstart_kit.__all__ if not re.search(rf"\b{name}\b", text)] == []
