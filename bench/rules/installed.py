"""Packages as an installer leaves them in a function's folder: copies of what is installed here."""

import compileall
import importlib
import py_compile
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_NO_BYTECODE = shutil.ignore_patterns("__pycache__", "*.pyc")


@contextmanager
def packages(*names: str, app: str, with_bytecode: bool = False) -> Iterator[Path]:
    """A folder with ``app.py`` and copies of the packages and modules ``names``."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "app.py").write_text(app)
        for name in names:
            module = importlib.import_module(name)
            if hasattr(module, "__path__"):
                (found,) = module.__path__
                shutil.copytree(found, root / name, ignore=_NO_BYTECODE)
            else:
                shutil.copy(str(module.__file__), root)
        if with_bytecode:
            compileall.compile_dir(root, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        yield root
