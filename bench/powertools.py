"""aws-lambda-powertools to compare with: fetched on first use, and never into the virtual environment."""

import subprocess
from pathlib import Path

import uv

from headstart.engine import cache

VERSION = "3.37.0"


def folder() -> Path | None:
    """A folder to import it from; None where it cannot be fetched."""
    target = cache.location() / "bench" / f"aws-lambda-powertools-{VERSION}"
    if not (target / "aws_lambda_powertools").exists():
        requirement = f"aws-lambda-powertools=={VERSION}"
        command = [uv.find_uv_bin(), "pip", "install", "-q", "--compile-bytecode", "--target", str(target), requirement]
        if subprocess.run(command, check=False).returncode:
            return None
    return target
