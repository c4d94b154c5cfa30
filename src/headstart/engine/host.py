"""The machine that functions are run on, and what it lets the engine enforce."""

import importlib.metadata
import os
import platform

from headstart.engine.local_lambda import LocalLambda
from headstart.model.results import HostFacts


def facts(engine: LocalLambda) -> HostFacts:
    """What a report says of this machine."""
    return HostFacts(
        platform=platform.platform(),
        cpus=os.cpu_count() or 1,
        python=platform.python_version(),
        headstart=importlib.metadata.version("headstart"),
        **engine.describe(),
    )
