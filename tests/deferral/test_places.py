"""A package that two folders share, as a function and the layer of its dependencies do: rewritten as one."""

import asyncio
from pathlib import Path

from deferral.rewriting_fixture import OURS, Tools, compiled, laid, rewritten, said

from headstart.optimize.bundle import side_archive
from headstart.optimize.deferral.rewriting import Rewriting, rewrite_imports

CODE = {"app.py": "from web import parts\nfrom web.errors import Problem\nimport json\nfrom own import more"} | {
    "own/__init__.py": "",
    "own/more.py": "from web import *",
}
DEPENDENCIES = {
    "web/__init__.py": "import app_of_web\nfrom .errors import *",
    "web/parts.py": "from . import errors, tail",
    "web/errors.py": "class Problem(Exception): pass",
    "web/tail.py": "TAIL = 1",
    "web/never.py": "NEVER = 2",
    "app_of_web.py": "import web.tail",
}
PROGRAM = """
sys.path.append({layer!r})
import app, own.more
assert not any(name in sys.modules for name in ("web.parts", "web.tail")), sorted(sys.modules)
assert sys.modules["_headstart_deferral"].__file__.startswith({code!r})
assert app.parts.tail.TAIL == 1 and app.Problem is own.more.Problem and not hasattr(own.more, "nothing")
import web.never
print(web.never.NEVER, app.parts.__file__.startswith({layer!r}), ".zip" in web.never.__file__)
"""


def test_imports_of_one_folder_are_put_off_that_lead_into_the_other(tmp_path: Path):
    code, layer, whole = (tmp_path / name for name in ("code", "layer", "whole"))
    compiled(laid(code, CODE), shown_as=str(code))
    compiled(laid(layer, DEPENDENCIES), shown_as=str(layer))
    compiled(laid(whole, CODE | DEPENDENCIES))
    how = Rewriting(chosen=None, archived=frozenset({"web/never.py"}))
    found = asyncio.run(rewrite_imports({code: str(code), layer: str(layer)}, tools=Tools(OURS), rewriting=how))
    for place in (code, layer):
        side_archive.move(place, {"web/never.py"})

    assert found == rewritten(whole), "the numbers are those of the search, which has one folder"
    assert {path.name for path in code.glob("_headstart*")} >= {"_headstart_deferral.py", "_headstart_archive.py"}
    assert {path.name for path in layer.glob("_headstart*")} == {side_archive.ARCHIVE}
    assert said(code, PROGRAM.format(code=str(code), layer=str(layer))) == "2 True True\n"
