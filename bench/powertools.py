"""aws-lambda-powertools to compare with."""

import subprocess
from pathlib import Path

from libraries import library

VERSION = "3.37.0"


def folder() -> Path | None:
    """A folder to import it from; None where it cannot be fetched."""
    try:
        return library(f"aws-lambda-powertools=={VERSION}")
    except subprocess.CalledProcessError:
        return None
