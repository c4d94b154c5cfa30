import zipfile
from pathlib import Path

import pytest

from headstart.errors import HandlerError, PackageError
from headstart.infra import discover
from headstart.infra.discover import find_handler, verify

PLAIN = "def lambda_handler(event, context):\n    return event\n"


def lay(folder: Path, **files: str) -> Path:
    """Files by name, with __ for a slash and a .py at the end."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    "source",
    [
        PLAIN,
        "def handler(event, context): pass\ndef lambda_handler(event, context): pass",
        "def lambda_handler(*arguments): pass",
        "def lambda_handler(event, context=None, *, log=None): pass",
        "lambda_handler = Mangum(app)",
        "lambda_handler = lambda event, context: 1",
        "lambda_handler: object = wrap(inner)",
        "try:\n    import fast\nexcept ImportError:\n    def lambda_handler(event, context): pass",
        "if True:\n    def lambda_handler(event, context): pass",
        "import logging\nhandler = logging.StreamHandler()\ndef lambda_handler(event, context): pass",
    ],
)
def test_the_only_handler_is_found(tmp_path, source):
    found = find_handler(lay(tmp_path, app=source))
    assert found.handler == "app.lambda_handler"
    assert found.said == "handler: app.lambda_handler, the only one found"


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event): pass",
        "def handler(event, context, more): pass",
        "def handler(*, event, context): pass",
        "import logging\nhandler = logging.StreamHandler()",
        "handler = RotatingFileHandler('x')",
        "handler = 'text'",
        "class A:\n    def handler(self, event): pass",
        "def outer():\n    def handler(event, context): pass",
        "handler: object",
    ],
)
def test_what_only_looks_like_a_handler_is_none(tmp_path, source):
    with pytest.raises(HandlerError, match="has no function lambda_handler"):
        find_handler(lay(tmp_path, app=source))


def test_a_handler_deep_in_the_folder_is_found(tmp_path):
    assert find_handler(lay(tmp_path, src__orders__api=PLAIN)).handler == "src.orders.api.lambda_handler"


def test_a_package_itself_can_hold_the_handler(tmp_path):
    lay(tmp_path, orders="")
    (tmp_path / "orders.py").unlink()
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "__init__.py").write_text(PLAIN)
    assert find_handler(tmp_path).handler == "orders.lambda_handler"


def test_of_several_the_customary_file_is_chosen_and_said(tmp_path):
    found = find_handler(lay(tmp_path, app=PLAIN, other=PLAIN, lambda_function=PLAIN))
    assert found.handler == "lambda_function.lambda_handler"
    assert "chosen by its name over app.lambda_handler, other.lambda_handler" in found.said


def test_several_with_equal_right_are_listed(tmp_path):
    with pytest.raises(HandlerError, match=r"2 handlers: one\.lambda_handler, two\.lambda_handler") as caught:
        find_handler(lay(tmp_path, one=PLAIN, two=PLAIN))
    assert caught.value.hint == "say which: --handler one.lambda_handler"


def test_tests_hidden_and_vendored_files_are_passed_over(tmp_path):
    lay(
        tmp_path,
        good=PLAIN,
        test_good=PLAIN,
        tests__helper=PLAIN,
        venv__lib__x=PLAIN,
        env__lib__x=PLAIN,
        vendored__x=PLAIN,
        single=PLAIN,
    )
    lay(tmp_path / ".hidden", x=PLAIN)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    record = tmp_path / "vendored-1.0.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("vendored/x.py,sha256=abc,10\nsingle.py,sha256=abc,10\n")
    assert find_handler(tmp_path).handler == "good.lambda_handler"


def test_an_async_handler_is_explained(tmp_path):
    with pytest.raises(HandlerError, match=r"app\.handler is async") as caught:
        find_handler(lay(tmp_path, app="async def handler(event, context): pass"))
    assert "asyncio.run" in caught.value.hint


def test_a_file_that_cannot_be_parsed_is_named(tmp_path):
    with pytest.raises(HandlerError, match=r"app\.py cannot be parsed"):
        find_handler(lay(tmp_path, app="def lambda_handler(event, context:"))


def test_a_zip_is_read_without_unpacking(tmp_path):
    with zipfile.ZipFile(tmp_path / "function.zip", "w") as file:
        file.writestr("lambda_function.py", PLAIN)
    assert find_handler(tmp_path / "function.zip").handler == "lambda_function.lambda_handler"
    verify(tmp_path / "function.zip", "lambda_function.lambda_handler")
    assert not discover.has_bootstrap(tmp_path / "function.zip")


def test_what_is_no_zip_is_said(tmp_path):
    (tmp_path / "function.zip").write_text("no")
    with pytest.raises(PackageError, match="cannot be read as a zip"):
        find_handler(tmp_path / "function.zip")


@pytest.mark.parametrize("handler", ["app.handler", "pkg/mod.handler", "pkg.mod.handler", "pkg.handler", "fast.run"])
def test_every_form_of_handler_is_accepted(tmp_path, handler):
    source = "from other import thing as handler\n"
    lay(tmp_path, app=source, pkg__mod=source, pkg____init__="")
    (tmp_path / "pkg" / "__init__.py").write_text(source)
    (tmp_path / "fast.cpython-311-x86_64-linux-gnu.so").touch()
    verify(tmp_path, handler)


def test_an_unknown_module_is_refused_with_what_there_is(tmp_path):
    with pytest.raises(HandlerError, match=r"has no module ap\.py") as caught:
        verify(lay(tmp_path, app=PLAIN), "ap.lambda_handler")
    assert caught.value.hint == "--handler app.lambda_handler"


def test_an_unknown_module_may_come_from_elsewhere(tmp_path):
    verify(lay(tmp_path, app=PLAIN), "framework.entry.handler", elsewhere=True)


def test_an_unknown_function_is_refused_with_what_there_is(tmp_path):
    with pytest.raises(HandlerError, match=r"app\.py in .* has no 'handle'; its functions: lambda_handler, other") as e:
        verify(lay(tmp_path, app=PLAIN + "def other(): pass\ndef handle_all(event, context): pass"), "app.handle")
    assert e.value.hint == "--handler app.handle_all"


@pytest.mark.parametrize(
    "source",
    [
        "from framework import *",
        "globals()['handle'] = print",
        "def __getattr__(name): return print",
        "def lambda_handler(event, context:",
        "for handle in [print]: pass",
        "with open('x') as handle: pass",
        "first, (handle, *rest) = 1, (print, 2)",
        "import handle.deep",
        "class handle: pass",
    ],
)
def test_names_that_reading_cannot_rule_out_are_not_refused(tmp_path, source):
    verify(lay(tmp_path, app=source), "app.handle")


@pytest.mark.parametrize("handler", ["app", "app.", ".handler", ""])
def test_a_handler_needs_module_and_function(tmp_path, handler):
    with pytest.raises(HandlerError, match=r"needed: module\.function"):
        verify(lay(tmp_path, app=PLAIN), handler)


@pytest.mark.parametrize(("text", "found"), [("requests==2\n", True), ("# none\n\n", False), (None, False)])
def test_requirements_beside_the_code_are_found(tmp_path, text, found):
    if text is not None:
        (tmp_path / "requirements.txt").write_text(text)
    assert (discover.requirements(tmp_path) is not None) == found


def test_requirements_that_are_installed_already_are_left(tmp_path):
    (tmp_path / "requirements.txt").write_text("requests")
    (tmp_path / "requests-2.dist-info").mkdir()
    assert discover.requirements(tmp_path) is None
