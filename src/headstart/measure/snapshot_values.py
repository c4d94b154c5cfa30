"""Values that init made, that a hook left and that every restore shares: ids, random numbers, time, credentials."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from headstart.model.snapstart import Account, Concern, Restored, SnapshotFinding, SnapshotRun

# (path of a module, name of a value in it) to path:line; see Snapshots.
Place = Callable[[str, str], str]

_FETCH: Final = (
    "fetch it in the handler once it has expired, or in register_after_restore; boto3's clients renew their own"
)
_REMEDIES: Final = {
    Concern.UNIQUE: "make it in the handler, or again in a function registered with register_after_restore",
    Concern.RANDOM: "use random.SystemRandom or secrets, or seed it again in register_after_restore",
    Concern.TIME: "read the clock in the handler, or again in register_after_restore",
    Concern.CREDENTIALS: _FETCH,
    Concern.SECRET: _FETCH,
}
_CONCERNS: Final = {
    "value": Concern.UNIQUE,
    "time": Concern.TIME,
    "random": Concern.RANDOM,
    "credentials": Concern.CREDENTIALS,
    "secret": Concern.SECRET,
}
# They age, whether or not another init would have got the same.
_AGEING: Final = frozenset({Concern.CREDENTIALS, Concern.SECRET})


def values(run: SnapshotRun, alone: SnapshotRun, *, place: Place) -> Iterator[SnapshotFinding]:
    """One finding for each global that holds such values, or for each third-party package, which is only worth knowing.

    Ids and numbers in third-party objects are too, but not credentials there.
    """
    if run.snapshot is None or alone.snapshot is None:
        return
    for (holder, concern), names in _shared(run.snapshot, alone.snapshot, restores=run.restores).items():
        path, is_own = run.snapshot.modules[names[0].partition(":")[0]]
        is_unsafe = run.snapshot.values[names[0]][2] or (is_own and concern in _AGEING)
        other = "" if concern in _AGEING else ", another in an environment initialised by itself"
        more = f"; and {len(names) - 1} more in {shown(holder)}" if len(names) > 1 else ""
        yield SnapshotFinding(
            concern=concern,
            is_unsafe=is_unsafe,
            name=shown(names[0]),
            evidence=f"the same in {len(run.restores)} restores of one snapshot{other}{more}",
            remedy=_REMEDIES[concern],
            place=place(path, names[0]),
        )


def generators(run: SnapshotRun, alone: SnapshotRun) -> Iterator[SnapshotFinding]:
    """The process's own random generators that events drew from, in the same state in each restore.

    One that another init seeds alike is meant to be so.
    """
    if run.snapshot is None or alone.snapshot is None:
        return
    for module, state in run.snapshot.generators.items():
        began = {restore.began.generators.get(module) for restore in run.restores if restore.began}
        ended = {restore.ended.generators.get(module) for restore in run.restores if restore.ended}
        if began == {state} and ended != {state} and alone.snapshot.generators.get(module) != state:
            yield SnapshotFinding(
                concern=Concern.RANDOM,
                is_unsafe=True,
                name=module,
                evidence=f"{len(run.restores)} restores began with the same state of it, and the events drew from it",
                remedy=f"call {module}.seed() in register_after_restore, or draw from random.SystemRandom or secrets",
            )


def shown(name: str) -> str:
    """``module.global.part`` of ``module:global.part``."""
    return name.replace(":", ".", 1)


def _shared(snapshot: Account, alone: Account, *, restores: Sequence[Restored]) -> dict[tuple[str, Concern], list[str]]:
    """The names of shared values by the global that holds them; a value with several names by the first of them."""
    found: dict[tuple[str, Concern], list[str]] = {}
    holders: dict[str, str] = {}
    for name, (kind, digest, is_own) in snapshot.values.items():
        concern = _CONCERNS[kind]
        is_of_init = name in alone.values and alone.values[name][1] != digest
        is_idle = concern is Concern.RANDOM and not is_own and not _is_drawn_from(name, restores=restores)
        if (is_of_init or concern in _AGEING) and not is_idle and _is_shared(name, digest, restores=restores):
            holder = _holder(name, snapshot)
            if holders.setdefault(digest, holder) == holder:
                found.setdefault((holder, concern), []).append(name)
    return found


def _is_shared(name: str, digest: str, *, restores: Sequence[Restored]) -> bool:
    """Whether no hook made it anew, and the events left it alike."""
    began = {restore.began.changed.get(name, digest) for restore in restores if restore.began}
    ended = {restore.ended.changed.get(name, digest) for restore in restores if restore.ended}
    return began == {digest} and len(ended) == 1


def _is_drawn_from(name: str, *, restores: Sequence[Restored]) -> bool:
    return any(restore.ended and name in restore.ended.changed for restore in restores)


def _holder(name: str, snapshot: Account) -> str:
    """The global of own code; the package where it is third-party code's."""
    module, _, path = name.partition(":")
    if not snapshot.modules[module][1]:
        return module.partition(".")[0]
    ends = [path.find(mark) for mark in ".[(" if mark in path]
    return f"{module}:{path[: min(ends)] if ends else path}"
