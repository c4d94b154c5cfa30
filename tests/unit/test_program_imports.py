"""What import statements load, and how sure it is that they run."""

from pathlib import Path

from headstart.audit.code import reader
from headstart.audit.code.program import Program
from headstart.audit.imports import imports_of, loaded_by, loaded_for
from headstart.audit.subject import AuditedFunction


def program(folder: Path, sources: dict[str, str]) -> Program:
    for name, source in sources.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return reader.read(folder)


def test_targets_are_absolute(tmp_path: Path):
    relative = "from . import items\nfrom ..money import Money\nimport a.b as c\n"
    sources = {
        "shop/__init__.py": "",
        "shop/orders/__init__.py": "from . import items\n",
        "shop/orders/store.py": relative,
    }
    modules = program(tmp_path, sources).modules
    assert {(each.target, each.names) for each in imports_of(modules["shop.orders.store"])} == {
        ("a.b", ()),
        ("shop.orders", ("items",)),
        ("shop.money", ("Money",)),
    }
    assert [each.target for each in imports_of(modules["shop.orders"])] == ["shop.orders"]


def test_what_stands_around_an_import(tmp_path: Path):
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
    found = {each.target: each for each in imports_of(program(tmp_path, {"app.py": source}).modules["app"])}
    assert {name for name, each in found.items() if each.is_guarded} == {"quick", "slow", "extra"}
    assert {name for name, each in found.items() if each.is_conditional} == {"sometimes"}
    assert {name for name, each in found.items() if each.is_swallowed} == {"cache"}
    assert {name for name, each in found.items() if each.in_function} == {"cache"}


def test_modules_that_a_handler_loads(tmp_path: Path):
    read = program(
        tmp_path,
        {
            "app.py": "from shop import store\n\ndef handler(event, context): ...\n",
            "shop/__init__.py": "",
            "shop/store.py": "def save():\n    from shop.money import cents\n",
            "shop/money.py": "import app\n",
            "script.py": "import pytest\n",
        },
    )
    names = {"app", "shop", "shop.store", "shop.money"}
    assert {each.name for each in loaded_by(read, read.modules["app"])} == names
    function = AuditedFunction(name="shop", program=read, handler=read.function("app.handler"))
    assert next(each.name for each in loaded_for(function)) == "app"
    assert loaded_for(AuditedFunction(name="shop", program=read)) == []
