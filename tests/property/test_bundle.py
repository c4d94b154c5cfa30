"""Whatever a package is like: what is shipped lacks no module that it imports, and the same files are the same zip."""

import os
import shutil
import tempfile
from pathlib import Path

from bundle_fixture import distribution, listed, write
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.model.bundle import BundleSettings
from headstart.model.progress import NoProgress
from headstart.optimize.bundle import pruning, zip_file

PARTS = st.sampled_from(["core", "tests", "test", "sub", "conftest", "testing"])
MODULES = st.lists(PARTS, min_size=1, max_size=3).map(lambda parts: ".".join(["pkg", *parts]))
FORMS = {
    "plain": "import {name}\n",
    "as": "import {name} as other\n",
    "from its parent": "from {parent} import {last}\n",
    "within": "def later():\n    import {name}\n",
    "guarded": "try:\n    from {name} import x\nexcept ImportError:\n    x = None\n",
    "by name": "import importlib\nimportlib.import_module('{name}')\n",
    "relative": "from {dots} import {below}\n",
}


@st.composite
def packages(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """The module at each path, and what imports what."""
    names = sorted(set(draw(st.lists(MODULES, min_size=2, max_size=8))))
    texts, imported = {}, {}
    for name in names:
        target = draw(st.sampled_from(names))
        form = draw(st.sampled_from(sorted(FORMS)))
        parent, _, last = target.rpartition(".")
        path = f"{name.replace('.', '/')}.py"
        dots = "." * (name.count("."))  # up to pkg itself
        below = target.split(".")[1]
        texts[path] = FORMS[form].format(name=target, parent=parent, last=last, dots=dots, below=below)
        imported[path] = f"pkg/{below}" if form == "relative" else target.replace(".", "/")
    return texts, imported


@given(packages())
@settings(max_examples=200, deadline=None)
def test_no_module_that_is_shipped_lacks_one_that_it_imports(package):
    texts, imported = package
    with tempfile.TemporaryDirectory() as folder:
        root = distribution(Path(folder), "pkg", texts)
        gone = set(pruning.plan(listed(root), BundleSettings()).reasons)
        for path, target in imported.items():
            if path not in gone:
                lacking = {each for each in gone if each == f"{target}.py"}
                assert not lacking, f"{path} has {texts[path]!r}"


FILES = st.dictionaries(
    st.lists(
        st.text("abcé. _-", min_size=1, max_size=4).filter(lambda part: part.strip(". ")), min_size=1, max_size=3
    ).map("/".join),
    st.tuples(st.binary(max_size=50), st.booleans()),
    max_size=6,
).filter(lambda files: not any(one != other and other.startswith(f"{one}/") for one in files for other in files))


@given(FILES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_same_files_are_the_same_zip(files, random):
    with tempfile.TemporaryDirectory() as folder:
        written = []
        for number in range(2):
            root = Path(folder) / f"{number}"
            names = list(files)
            random.shuffle(names)
            root.mkdir()
            for name in names:
                content, is_executable = files[name]
                write(root, {name: content})
                (root / name).chmod(random.choice([0o700, 0o755, 0o711] if is_executable else [0o600, 0o644, 0o666]))
                os.utime(root / name, (random.randrange(2**31),) * 2)
            zip_file.write(root, root.with_suffix(".zip"), shown_as="zip", progress=NoProgress())
            before = zip_file.digest(root)
            zip_file.settle(root)
            zip_file.copy(root, root.with_suffix(".copy"))
            assert before == zip_file.digest(root) == zip_file.digest(root.with_suffix(".copy"))
            written.append((before, root.with_suffix(".zip").read_bytes()))
            shutil.rmtree(root)
        assert written[0] == written[1]
