"""The same items serially, in threads, in processes, and as ``auto`` decides: what really ran, and how fast."""

from headstart_kit import DeadlineError, parallel_map
from headstart_kit.deadline import current
from headstart_kit.environment import vcpus
from headstart_kit.parallel.budget import processes_for

KINDS = ("serial", "threads", "processes", "auto")


def compare(fn, items, *, rounds: int) -> dict:
    """Each kind in turn, ``rounds`` times or as often as the time allows; a run that is cut short does not count."""
    reports = {kind: [] for kind in KINDS}
    slowest_ms = 0.0
    for kind in KINDS * rounds:
        if not current().fits(slowest_ms):
            break
        try:
            parallel_map(fn, items, kind=kind, report=reports[kind].append)
        except DeadlineError:
            break
        slowest_ms = max(slowest_ms, reports[kind][-1].wall_ms)
    return {
        "items": len(items),
        "vcpus": round(vcpus(), 2),
        "rows": [row(kind, reports[kind]) for kind in KINDS],
        "auto_chose": ran(reports["auto"]),
        "notes": list(notes(sum(map(len, reports.values())), wanted=len(KINDS) * rounds)),
    }


def row(kind: str, reports: list) -> dict:
    """What came of a kind; null where no run was completed."""
    walls_ms = sorted(report.wall_ms for report in reports)
    return {
        "asked_for": kind,
        "ran": ran(reports),
        "at_once": max((report.at_once for report in reports), default=None),
        "rounds": len(reports),
        "wall_ms": [round(wall_ms, 1) for wall_ms in walls_ms],
        "items_per_s": round(median([report.items_per_s for report in reports]), 1) if reports else None,
    }


def ran(reports: list) -> list[str]:
    """The kinds that really ran: more than one where ``auto`` did not always decide alike."""
    return sorted({report.kind for report in reports})


def notes(completed: int, *, wanted: int):
    """What a reader of the numbers must know."""
    if processes_for(vcpus()) == 1:
        yield f"with {vcpus():.2f} vCPUs processes cannot pay, so none ran; a vCPU is 1,769 MB of memory"
    if completed < wanted:
        yield f"there was time for {completed} of {wanted} runs; ask for fewer items or rounds"


def median(values: list[float]) -> float:
    """The middle one, or half-way between the two."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
