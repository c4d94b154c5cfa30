"""Modules in the side archive: what may go there, and that it is imported from there as it was from its folder."""

from pathlib import Path

import pytest
from deferral.rewriting_fixture import OURS, PYTHONS, compiled, laid, rewritten, run, said

from headstart.optimize.bundle import side_archive
from headstart.optimize.bundle.listing import listing, owners_in

LOADED = {"used", "used.core"}
FILES = {
    "app.py": "import used",
    "own/__init__.py": "",
    "own/part.py": "",
    "top.py": "",
    "used/__init__.py": "from used.core import VALUE",
    "used/core.py": "VALUE = 1",
    "used/extra.py": "from used import core\nclass Kept:\n    pass\ndef fail():\n    raise ValueError('told')",
    "used/sub/__init__.py": "from .a import A",
    "used/sub/a.py": "from ..core import VALUE\nfrom . import b\nA = VALUE + b.B",
    "used/sub/b.py": "from used.sub import a\nB = 1",
    "used/half/__init__.py": "import importlib.resources as r\nWORDS = r.files(__name__).joinpath('words').read_text()",
    "used/half/one.py": "ONE = 1",
    "used/half/words": "some words",
    "used/reader.py": "TEXT = open(__file__[:-9] + 'text').read()",
    "used/text": "a text",
    "used/placed/__init__.py": "__path__ = list(__path__)",
    "used/placed/member.py": "",
    "used/replaced/__init__.py": "import sys\nsys.modules[__name__] = sys",
    "used/replaced/member.py": "",
    "used/plugins/__init__.py": "import os\nNAMES = os.listdir(os.path.dirname(__file__))",
    "used/plugins/deep/__init__.py": "",
    "used/starter.py": "COMMAND = ['python', 'script.py']",
    "used/script.py": "",
    "used/__main__.py": "",
    "used/bare/member.py": "",
    "used/native/__init__.py": "",
    "used/native/code.so": "",
    "old/__init__.py": "",
    "old/part.py": "print 'of another time'",
}
MOVED = {
    *("used/extra.py", "used/sub/__init__.py", "used/sub/a.py", "used/sub/b.py", "used/half/one.py"),
    "used/starter.py",
}


def archived(root: Path, *, runtime: str = OURS, beside: bool = False, shown_as: str | None = None) -> frozenset[str]:
    """Lay out the files, all but app.py and own/ as a distribution's, and archive what can be."""
    laid(root, FILES)
    records = [path for path in FILES if not path.startswith(("app", "own"))]
    laid(root, {"used-1.0.dist-info/RECORD": "".join(f"{path},,\n" for path in records)})
    shown_as = shown_as or str(root)
    compiled(root, runtime=runtime, shown_as=shown_as, beside=beside)
    files = listing(root, owners_in(root))
    moved = side_archive.movable(files, LOADED)
    (part,) = side_archive.parts(files, moved)
    assert (part.owner, part.modules) == ("used==1.0", len(moved))
    assert part.size_bytes > sum(len(FILES[path]) for path in moved)
    rewritten(root, runtime=runtime, shown_as=shown_as, chosen=frozenset(), archived=moved, beside=beside)
    side_archive.move(root, moved)
    return moved


@pytest.mark.parametrize("runtime", PYTHONS)
def test_what_was_moved_is_imported_from_the_archive_as_it_was_from_its_folder(tmp_path: Path, runtime: str):
    root = tmp_path / "package"
    assert archived(root, runtime=runtime) == MOVED
    assert not any((root / path).exists() for path in MOVED)
    assert not (root / "used/sub").exists()
    done = run(
        root,
        """
import inspect, linecache, pickle, pkgutil, traceback
import used
assert not any("archive" in name for name in sys.modules), "imported before it is needed"
from used import extra, sub
import used.half.one, used.half, used.reader, used.starter, used.plugins.deep, used.native
assert sub.A == 2 and used.half.one.ONE == 1 and used.half.WORDS == "some words" and used.reader.TEXT == "a text"
assert pickle.loads(pickle.dumps(extra.Kept())).__class__ is extra.Kept
assert "raise ValueError" in inspect.getsource(extra.fail)
assert {each.name for each in pkgutil.iter_modules(used.__path__)} >= {"core", "extra", "sub", "half"}
try:
    extra.fail()
except ValueError:
    assert "raise ValueError('told')" in traceback.format_exc(), traceback.format_exc()
try:
    import used.nowhere
except ModuleNotFoundError as error:
    assert error.name == "used.nowhere"
print(len(used.__path__), len(sub.__path__))
""",
        runtime=runtime,
    )
    assert (done.returncode, done.stdout) == (0, "2 1\n"), done.stderr
    assert done.stderr == "headstart: a module of the side archive was needed: used.extra\n"


def test_without_sources_bytecode_alone_is_imported_and_nothing_told_where_that_is_off(tmp_path: Path):
    moved = archived(tmp_path, beside=True)
    for path in tmp_path.rglob("*.py"):
        path.unlink()
    assert moved == MOVED
    assert said(tmp_path, "from used import sub; print(sub.A)", HEADSTART_DEFERRAL_LOG="off") == "2\n"


def test_the_same_modules_give_the_same_archive(tmp_path: Path):
    for name in ("a", "b"):
        archived(tmp_path / name, shown_as="/var/task")
    a, b = ((tmp_path / name / side_archive.ARCHIVE).read_bytes() for name in ("a", "b"))
    assert a == b
