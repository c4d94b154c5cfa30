"""What a handler looks like before its setting is known: its customary names, and what it takes."""

import ast
from typing import Final

# The name that Lambda's own template has comes first.
HANDLER_NAMES: Final = ("lambda_handler", "handler")


def takes_event_and_context(arguments: ast.arguments, *, is_method: bool = False) -> bool:
    """Whether a function with these parameters can be called with two arguments; a method has its own beside them."""
    positional = len(arguments.posonlyargs) + len(arguments.args) - is_method
    required = positional - len(arguments.defaults)
    return required <= 2 and (positional >= 2 or arguments.vararg is not None)
