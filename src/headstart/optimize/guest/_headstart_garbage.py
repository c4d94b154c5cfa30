"""Puts garbage collection off while the function's module is loaded; not where HEADSTART_DEFERRAL is off.

Nearly all that init makes is kept, and to look through it again and again for garbage takes a good part of init. The
bytecode of the handler's module calls ``put_off`` first and ``take_up`` last.
"""

import gc
import os

# So many objects are never made; and nobody else sets this number.
_NEVER = 2_000_000_011
_usual = gc.get_threshold()
_frozen = gc.get_freeze_count()  # Python 3.12 begins with some


def put_off() -> None:
    """Let no collection begin by itself from now on."""
    if os.environ.get("HEADSTART_DEFERRAL") != "off":
        gc.set_threshold(_NEVER, *_usual[1:])


def take_up() -> None:
    """Let collections begin as before, and treat what init made as old; the function's own settings stay."""
    if gc.get_threshold()[0] != _NEVER:
        return
    if gc.get_freeze_count() == _frozen:
        # Both move whole lists. Else what init made were young, and the first invocation would look through all of it.
        gc.freeze()
        gc.unfreeze()
    gc.set_threshold(*_usual)
