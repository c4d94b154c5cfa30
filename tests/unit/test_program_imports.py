"""What import statements load, and how sure it is that they run."""

import ast
from pathlib import Path

from headstart.audit.code.program import Module, Program
from headstart.audit.imports import imports_of, loaded_by


def module(name: str, source: str, file: str = "") -> Module:
    return Module(name=name, file=file or f"{name}.py", source=source, tree=ast.parse(source))


def test_targets_are_absolute():
    inside = module("shop.orders.store", "from . import items\nfrom ..money import Money\nimport a.b as c\n")
    assert [(each.target, each.names) for each in imports_of(inside)] == [
        ("a.b", ()),
        ("shop.orders", ("items",)),
        ("shop.money", ("Money",)),
    ]
    package = module("shop.orders", "from . import items\n", file="shop/orders/__init__.py")
    assert [each.target for each in imports_of(package)] == ["shop.orders"]


def test_what_stands_around_an_import():
    source = """
try:
    import quick
except ImportError:
    import slow
if True:
    import sometimes
def load():
    try:
        import cache
    except Exception:
        pass
with contextlib.suppress(ModuleNotFoundError):
    import extra
"""
    found = {each.target: each for each in imports_of(module("app", source))}
    assert {name for name, each in found.items() if each.is_guarded} == {"quick", "slow", "extra"}
    assert {name for name, each in found.items() if each.is_conditional} == {"sometimes"}
    assert {name for name, each in found.items() if each.is_swallowed} == {"cache"}
    assert {name for name, each in found.items() if each.in_function} == {"cache"}


def test_modules_that_a_handler_loads():
    modules = [
        module("app", "from shop import store\n"),
        module("shop", "", file="shop/__init__.py"),
        module("shop.store", "def save():\n    from shop.money import cents\n"),
        module("shop.money", "import app\n"),
        module("tests", "import pytest\n"),
    ]
    program = Program(root=Path(), modules={each.name: each for each in modules})
    assert {each.name for each in loaded_by(program, modules[0])} == {"app", "shop", "shop.store", "shop.money"}
