"""What is loaded in init, and what a failure of it says."""

import sys
from pathlib import Path

import pytest

from headstart_kit.errors import PreloadError
from headstart_kit.lazy_modules import lazy_import
from headstart_kit.preloading import preload


@pytest.fixture
def folder(tmp_path: Path):
    """A folder of modules that can be imported in this test only."""
    for name in ("preloaded_by_name", "preloaded_lazily"):
        (tmp_path / f"{name}.py").write_text("import time\ntime.sleep(0.02)\nanswer = 42\n")
    (tmp_path / "fails_to_load.py").write_text("import absent_from_everywhere\n")
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in ("preloaded_by_name", "preloaded_lazily"):
        sys.modules.pop(name, None)


def test_modules_are_loaded_and_callables_called_in_order(folder: Path):
    called = []

    def fill_pool() -> None:
        called.append("preloaded_by_name" in sys.modules)

    lazy = lazy_import("preloaded_lazily")
    took_ms = preload("preloaded_by_name", fill_pool, lazy, "json", sys)
    assert [name.rpartition(".")[2] for name in took_ms] == [
        "preloaded_by_name",
        "fill_pool",
        "preloaded_lazily",
        "json",
        "sys",
    ]
    assert called == [True]
    assert "preloaded_lazily" in sys.modules
    assert took_ms["preloaded_by_name"] >= 20
    assert took_ms["preloaded_lazily"] >= 20
    assert took_ms["json"] < 20


def test_the_same_name_twice_is_one_entry():
    times = iter((0.0, 0.0))
    assert list(preload("json", "json")) == ["json"]
    assert len(preload(times.__next__, times.__next__)) == 1


def test_a_module_that_fails_is_named(folder: Path):
    with pytest.raises(PreloadError, match=r"cannot preload fails_to_load: ModuleNotFoundError: No module named 'abs"):
        preload("json", "fails_to_load")


def test_a_callable_that_fails_is_named_and_its_error_is_the_cause():
    def open_pool() -> None:
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(
        PreloadError, match=r"cannot preload .*open_pool: ConnectionRefusedError: nobody there"
    ) as caught:
        preload(open_pool)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_what_is_neither_is_refused_before_anything_is_loaded():
    called = []
    with pytest.raises(TypeError, match="names of modules, modules and callables, not 3"):
        preload(lambda: called.append(1), 3)  # type: ignore[arg-type]
    assert called == []
