"""A name for a function as it is now, so that the version of another one is published under another name."""

import hashlib
import json
from typing import Any, Final

from headstart.infra.synth.plan import StackPlan

_CHARACTERS: Final = 8


def of(plan: StackPlan, properties: dict[str, Any]) -> str:
    """Of the function's ``properties`` and of what it is made of; upper case and digits."""
    made_of = f"{json.dumps(properties, sort_keys=True)} {plan.code_digest}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:_CHARACTERS].upper()
