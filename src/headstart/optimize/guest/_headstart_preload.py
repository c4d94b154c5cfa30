"""Does in init what this function's first invocations would do else; nothing where HEADSTART_DEFERRAL is off.

Written by headstart bundle into the package, with a call of preload at its end.
"""

import codecs
import os
import re
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def preload(
    modules: "tuple[str, ...]",
    *,
    encodings: "tuple[str, ...]",
    patterns: "tuple[tuple[str | bytes, int], ...]",
    named_patterns: "tuple[tuple[str, str, int], ...]",
) -> None:
    """Import, look up, and have ``re`` compile into its cache. What fails here is left to whoever needs it."""
    if os.environ.get("HEADSTART_DEFERRAL") == "off":
        return
    for name in modules:
        _attempt(__import__, name)
    for name in encodings:
        _attempt(codecs.lookup, name)
    for pattern, flags in patterns:
        _attempt(re.compile, pattern, flags)
    for module, attribute, flags in named_patterns:
        _attempt(re.compile, getattr(sys.modules.get(module), attribute, ""), flags)


def _attempt(action: "Callable[..., object]", *args: object) -> None:
    with suppress(BaseException):  # also what ends a process: init must not fail by what only an event needs
        action(*args)
