"""What Python's garbage collector costs this function, measured, and the one setting that makes it cheap."""

from __future__ import annotations

from headstart_kit import clock
from headstart_kit.process_memory import resident_bytes

_WORTH_MS = 1.0


def freeze_after_init() -> int:
    """Collect once, then hide from the collector all objects that are left; gives how many. For the end of init.

    They live as long as the environment, so to look through them in each full collection is for nothing.
    """
    import gc

    gc.collect()
    gc.freeze()
    return gc.get_freeze_count()


def gc_advice() -> dict[str, object]:
    """What a full collection costs here and now, and whether `freeze_after_init` pays. Takes as long as two of them.

    ``freed_objects`` and ``freed_mb`` had waited for the collector. ``collect_ms`` is a collection that finds nothing:
    what looking through ``tracked_objects`` takes, and so what freezing them saves each time.
    """
    import gc

    before_bytes = resident_bytes()
    freed_objects = gc.collect()
    freed_bytes = before_bytes - resident_bytes()
    begun_ns = clock.ticks_ns()
    gc.collect()
    collect_ms = (clock.ticks_ns() - begun_ns) / 1e6
    return {
        "freed_objects": freed_objects,
        "freed_mb": round(max(0, freed_bytes) / 1024 / 1024, 1),
        "tracked_objects": len(gc.get_objects()),
        "frozen_objects": gc.get_freeze_count(),
        "collect_ms": round(collect_ms, 3),
        "freeze_pays": collect_ms >= _WORTH_MS,
    }
