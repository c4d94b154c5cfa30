"""What the screen and the page both say of SnapStart."""

from headstart.model import limits
from headstart.model.snapstart import SnapshotFinding, SnapStartResult
from headstart.report import figures


def headline(found: SnapStartResult) -> str:
    """Whether the function is safe to snapshot, as far as was seen."""
    if found.unobserved:
        return f"snapshots were not observed: {found.unobserved}"
    seen = f"in {figures.count(found.restores, 'restore')} with {figures.count(found.events, 'event')} each"
    if not found.unsafe:
        return f"nothing unsafe was seen {seen}"
    return f"{figures.count(len(found.unsafe), 'thing')} unsafe to snapshot, seen {seen}"


def alike(findings: tuple[SnapshotFinding, ...]) -> tuple[tuple[SnapshotFinding, ...], ...]:
    """Findings of which the same is to be said, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[SnapshotFinding]] = {}
    for finding in findings:
        key = finding.is_unsafe, finding.concern, finding.evidence, finding.remedy
        groups.setdefault(key, []).append(finding)
    return tuple(tuple(group) for group in groups.values())


def break_even(found: SnapStartResult) -> str:
    """What a restore costs, in init."""
    return (
        f"One restore costs as much as {found.break_even_s:.1f} s of init on demand. What a restore takes is a model: "
        "no machine but Lambda's restores snapshots as Lambda does."
    )


def hooks(found: SnapStartResult) -> str:
    """How many hooks ran, and how long they took of their limit; empty where there are none."""
    if not found.before and not found.after:
        return ""
    took = f"{figures.ms(max(found.after_ms, default=0.0))} of {limits.SNAP_START_RESTORE_S} s"
    ran = f"{figures.count(len(found.before), 'hook')} ran before the snapshot, {len(found.after)} after each restore"
    return f"{ran}: at most {took}, which Lambda allows for them and for loading the runtime."
