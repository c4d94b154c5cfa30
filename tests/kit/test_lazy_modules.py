"""Modules imported at first use, on every Python of Lambda's that runs here: a program, and what it prints."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from kit.test_import_budget import KIT, interpreters

PRELUDE = """
import sys, types, threading
from headstart_kit.deferring import deferred
from headstart_kit.lazy_modules import lazy_import
"""
PACKAGE = {
    "yard/__init__.py": "print('yard runs'); size = 3",
    "yard/barn.py": "'''Where hay is.'''\nprint('barn runs'); hay = 7\ndef count(): return hay",
    "yard/deep/__init__.py": "print('deep runs')",
    "yard/deep/well.py": "print('well runs'); water = 9",
    "broken.py": "import absent_from_everywhere",
    "raising.py": "1 / 0",
    "slow.py": "import time; time.sleep(0.2); ready = True; print('slow runs')",
    "other.py": "import yard.barn; print('other runs')",
}


@pytest.fixture(params=interpreters().values(), ids=interpreters())
def python(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def printed(python: str, folder: Path, program: str) -> list[str]:
    """The lines that the program prints, errors included, when it runs beside the package."""
    file = folder / "program.py"
    file.write_text(PRELUDE + dedent(program))
    done = subprocess.run(
        [python, "-S", str(file)],
        env={"PYTHONPATH": str(KIT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


def test_a_module_is_imported_at_first_use(python: str, folder: Path):
    program = """
        barn = lazy_import("yard.barn")
        print(barn, "yard" in sys.modules)
        print(barn.hay)
        print(barn, barn.count(), barn.__name__, barn.__doc__)
    """
    assert printed(python, folder, program) == [
        "<lazy module 'yard.barn', not imported yet> False",
        "yard runs",
        "barn runs",
        "7",
        "<lazy module 'yard.barn', imported> 7 yard.barn Where hay is.",
    ]


def test_a_loaded_module_is_given_as_it_is(python: str, folder: Path):
    assert printed(python, folder, "print(lazy_import('os.path') is sys.modules['os.path'])") == ["True"]


def test_the_proxy_and_the_module_have_one_namespace(python: str, folder: Path):
    program = """
        yard = lazy_import("yard")
        yard.size = 4
        import yard as real
        real.pigs = 2
        print(real.size, yard.pigs, yard is real, yard.__dict__ is real.__dict__, "pigs" in dir(yard))
        del yard.size
        print(hasattr(real, "size"), hasattr(yard, "size"))
    """
    assert printed(python, folder, program) == ["yard runs", "4 2 False True True", "False False"]


def test_a_module_that_makes_its_attributes_up_is_asked_each_time(python: str, folder: Path):
    (folder / "made_up.py").write_text("def __getattr__(name):\n    return name.upper()\n")
    (folder / "odd.py").write_text(
        "import sys\nclass Odd:\n    @property\n    def number(self): return 5\nsys.modules[__name__] = Odd()\n"
    )
    program = """
        made_up, odd = lazy_import("made_up"), lazy_import("odd")
        print(made_up.one, made_up.two, odd.number, odd.number)
        odd.colour = "red"
        print(odd.colour, sys.modules["odd"].colour)
    """
    assert printed(python, folder, program) == ["ONE TWO 5 5", "red red"]


def test_it_passes_for_a_module_without_being_imported(python: str, folder: Path):
    program = """
        import copy, inspect, pickle
        yard = lazy_import("yard")
        print(isinstance(yard, types.ModuleType), inspect.ismodule(yard), inspect.isfunction(yard), callable(yard))
        print(pickle.loads(pickle.dumps(yard)), copy.copy(yard), bool(yard))
        print({yard: 1}[yard], yard == yard, "yard" in sys.modules)
    """
    assert printed(python, folder, program) == [
        "True True False False",
        " ".join(["<lazy module 'yard', not imported yet>"] * 2) + " True",
        "1 True False",
    ]


def test_a_failing_import_says_where_it_was_declared_and_is_tried_again(python: str, folder: Path):
    program = """
        nowhere, broken, raising = (
            lazy_import("nowhere.at.all"), lazy_import("broken"), lazy_import("raising"))
        for lazy in nowhere, broken, broken, raising:
            try:
                lazy.anything
            except Exception as error:
                print(type(error).__name__, error, getattr(error, "name", ""))
    """
    declared = f"(imported at first use; declared in {folder}/program.py:7)"
    assert printed(python, folder, program) == [
        f"ModuleNotFoundError No module named 'nowhere' {declared} nowhere",
        f"ModuleNotFoundError No module named 'absent_from_everywhere' {declared} absent_from_everywhere",
        f"ModuleNotFoundError No module named 'absent_from_everywhere' {declared} absent_from_everywhere",
        "ZeroDivisionError division by zero ",
    ]


def test_many_threads_import_it_once(python: str, folder: Path):
    program = """
        slow = lazy_import("slow")
        threads = [threading.Thread(target=lambda: slow.ready or print("not ready")) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(slow.ready)
    """
    assert printed(python, folder, program) == ["slow runs", "True"]


@pytest.mark.parametrize("name", ["", ".", ".sibling", "a..b", "a-b", "a b"])
def test_what_cannot_be_a_module_is_refused_at_once(name: str):
    from headstart_kit.lazy_modules import lazy_import

    with pytest.raises(ValueError, match="is not the absolute name of a module"):
        lazy_import(name)


def test_in_a_block_import_statements_wait(python: str, folder: Path):
    program = """
        with deferred():
            import yard.barn
            import yard.deep.well as well
            import slow as other_name
            import sys
        print(type(sys).__name__, [name for name in ("yard", "slow") if name in sys.modules])
        print(well.water)
        print(yard.size)
        print(yard.barn.hay)
        print(other_name)
    """
    assert printed(python, folder, program) == [
        "module []",
        "yard runs",
        "deep runs",
        "well runs",
        "9",
        "3",
        "barn runs",
        "7",
        "<lazy module 'slow', not imported yet>",
    ]


def test_in_a_block_two_modules_of_a_package_share_its_name(python: str, folder: Path):
    program = """
        import yard
        with deferred():
            import yard.barn
            import yard.deep.well
        print(yard.size, yard.barn.hay, yard.deep.well.water)
    """
    assert printed(python, folder, program) == ["yard runs", "barn runs", "deep runs", "well runs", "3 7 9"]


def test_a_block_can_be_in_a_function(python: str, folder: Path):
    program = """
        def use():
            with deferred():
                import yard
            print(yard)
            return yard.size
        print(use())
    """
    assert printed(python, folder, program) == ["<lazy module 'yard', not imported yet>", "yard runs", "3"]


def test_a_from_import_that_cannot_wait_names_its_line(python: str, folder: Path):
    program = """
        with deferred():
            try:
                from yard.barn import hay, count
            except ImportError:
                print("an error that can be lost")
    """
    lines = printed(python, folder, program)
    assert lines[-2:] == [
        f'  File "{folder}/program.py", line 8',
        "SyntaxError: `from yard.barn import hay, count` cannot wait until it is used, only modules can: "
        "write `import yard.barn` here and `yard.barn.hay` where it is used",
    ]
    assert "yard runs" not in lines


def test_a_from_import_of_what_is_there_is_carried_out(python: str, folder: Path):
    program = """
        import yard.barn
        with deferred():
            from yard import size, barn
            from yard.barn import *
            from sys import path
        print(size, barn is sys.modules["yard.barn"], count())
    """
    assert printed(python, folder, program) == ["yard runs", "barn runs", "3 True 7"]


def test_a_relative_from_import_is_told_by_its_full_name(python: str, folder: Path):
    (folder / "yard/relative.py").write_text(
        "from headstart_kit.deferring import deferred\nwith deferred():\n"
        "    from . import size\n    from .barn import hay\n"
    )
    lines = printed(python, folder, "import yard.relative")
    assert lines[-2] == f'  File "{folder}/yard/relative.py", line 4'
    assert "`import yard.barn` here and `yard.barn.hay` where" in lines[-1]


def test_other_modules_import_as_ever(python: str, folder: Path):
    program = """
        import importlib
        with deferred():
            importlib.import_module("other")
            print("yard.barn" in sys.modules)
    """
    assert printed(python, folder, program) == ["yard runs", "barn runs", "other runs", "True"]


def test_blocks_may_overlap_in_any_order_and_leave_nothing(python: str, folder: Path):
    program = """
        import builtins
        real = builtins.__import__
        first, second = deferred(), deferred()
        first.__enter__(); second.__enter__(); first.__exit__(); second.__exit__()
        print(builtins.__import__ is real)
        try:
            with deferred():
                raise KeyError
        except KeyError:
            print(builtins.__import__ is real)
        def use():
            for _ in range(200):
                with deferred():
                    import yard
        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(builtins.__import__ is real, "yard" in sys.modules)
    """
    assert printed(python, folder, program) == ["True", "True", "True False"]


def test_a_block_does_not_lose_who_replaced_import_meanwhile(python: str, folder: Path):
    program = """
        import builtins
        real = builtins.__import__
        block = deferred()
        block.__enter__()
        ours = builtins.__import__
        def spy(*args):
            if args[0] in ("yard", "slow"): print("spied", args[0])
            return ours(*args)
        builtins.__import__ = spy
        block.__exit__()
        import yard
        with deferred():
            import slow
        print(slow)
        builtins.__import__ = real
    """
    assert printed(python, folder, program) == [
        "spied yard",
        "yard runs",
        "spied slow",
        "<lazy module 'slow', not imported yet>",
    ]


def test_where_python_has_lazy_imports_the_error_offers_them(python: str, folder: Path):
    program = """
        import builtins
        builtins.__lazy_import__ = getattr(builtins, "__lazy_import__", None)
        with deferred():
            from yard import size
    """
    assert printed(python, folder, program)[-1].endswith("where it is used, or `lazy from` after the block")


def test_lazy_modules_cost_no_import(python: str, folder: Path):
    program = """
        before = set(sys.modules)
        lazy_import("yard")
        with deferred():
            import yard.barn
        print(set(sys.modules) - before)
    """
    assert printed(python, folder, program) == ["set()"]


def test_the_interpreter_of_the_tests_is_among_them():
    assert sys.executable in interpreters().values()
