"""Packages that only a script here needs: fetched on first use into the cache, never into the virtual environment."""

import subprocess
import sys
import tempfile
from pathlib import Path

import uv

from headstart.engine import cache


def library(*requirements: str, with_dependencies: bool = True) -> Path:
    """A folder to import ``requirements`` from, by this Python.

    Raises:
        subprocess.CalledProcessError: they cannot be fetched.
    """
    folder = cache.location() / "bench" / "-".join(requirements)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
            target = Path(beside) / "library"
            options = ["-q", "--compile-bytecode", "--python", sys.executable, "--target", str(target)]
            options += [] if with_dependencies else ["--no-deps"]
            subprocess.run([uv.find_uv_bin(), "pip", "install", *options, *requirements], check=True)
            target.rename(folder)  # whole, or not there
    return folder
