"""The difference between two results, and whether a result keeps to limits."""

from collections.abc import Iterator
from typing import Final

import msgspec

from headstart.measure.pairs import Figure, each_run, first_answer_cpu_ms, first_answer_ms, speedup
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.comparison import ComparisonResult, Difference
from headstart.model.gain import SAME_RATIO
from headstart.model.results import CheckResult, ColdStartResult, FunctionFacts
from headstart.model.sample import Summary, summarize

# What is measured anew in each environment: its name and unit, and what it is of one run.
_OF_EACH: Final[tuple[tuple[str, str, Figure], ...]] = (
    ("init", "ms", lambda init, _: init.init_ms),
    ("function init", "ms", lambda init, _: init.function_ms),
    ("first invocation", "ms", lambda _, run: run.duration_ms),
    ("first answer", "ms", first_answer_ms),
    ("first answer, CPU", "ms", first_answer_cpu_ms),
    ("cold start", "ms", lambda init, run: init.creation_ms + init.init_ms + run.duration_ms),
    ("memory after init", "MB", lambda init, _: init.memory_mb),
)


def compare(old: CheckResult, new: CheckResult, *, interleaved: bool = False) -> ComparisonResult:
    """Every figure that both have, old against new; less is better in all of them.

    Figures of cold starts that were ``interleaved`` are compared run by run, others by the intervals of their medians.
    The verdict is ``better`` or ``worse`` when all figures that differ agree, ``same`` when none differs, else
    ``mixed``. What a package weighs has no say in it: bytecode is larger and faster.
    """
    a, b = old.cold_start, new.cold_start
    judged = [*_cold(a, b, interleaved=interleaved), *_others(old, new)]
    return ComparisonResult(
        old_name=old.function.code,
        new_name=new.function.code,
        interleaved=interleaved,
        differences=(*judged, *_sizes(old.function, new.function)),
        verdict=_overall({difference.verdict for difference in judged}),
        memory_size_mb=new.function.memory_mb,
        speedup=speedup(a, b) if interleaved else None,
        caveats=_caveats(old, new, interleaved=interleaved),
    )


def _cold(old: ColdStartResult, new: ColdStartResult, *, interleaved: bool) -> Iterator[Difference]:
    for name, unit, figure in _OF_EACH:
        a, b = (_summary(each, name, figure=figure) for each in (old, new))
        if not (a.high and b.high):  # not measured, as the memory after an init that failed
            continue
        pairs = speedup(old, new, of=figure) if interleaved else None
        are_apart = _are_apart(a, b) if pairs is None else not pairs.median_low <= 1 <= pairs.median_high
        yield _of_samples(name, unit, old=a, new=b, apart=are_apart)
        if name == "init":
            yield _difference("init, p90", unit, old=a.p90, new=b.p90, apart=are_apart)


def _summary(cold: ColdStartResult, name: str, *, figure: Figure) -> Summary:
    """What the result says of all runs, or else what they say."""
    said = {
        "init": cold.init,
        "function init": cold.function_init,
        "first invocation": cold.first_invocation,
        "cold start": cold.total,
    }
    return said.get(name) or summarize(each_run(cold, figure))


def _others(old: CheckResult, new: CheckResult) -> Iterator[Difference]:
    a, b = old.cold_start.warm, new.cold_start.warm
    if a and b and a.n and b.n:
        yield _of_samples("warm invocation", "ms", old=a, new=b, apart=_are_apart(a, b))
    yield _difference("max memory used", "MB", old=old.memory.max_used_mb, new=new.memory.max_used_mb)
    costs = float(old.cost.total_per_million), float(new.cost.total_per_million)
    yield _difference("cost per million", "USD", old=costs[0], new=costs[1])


def _sizes(old: FunctionFacts, new: FunctionFacts) -> Iterator[Difference]:
    yield _difference("package, unzipped", "MB", old=old.package_mb, new=new.package_mb)
    if old.package_zipped_mb is not None and new.package_zipped_mb is not None:
        yield _difference("package, zipped", "MB", old=old.package_zipped_mb, new=new.package_zipped_mb)


def limits_exceeded(
    result: CheckResult,
    *,
    max_init_ms: float | None = None,
    max_memory_ratio: float | None = None,
    max_usd_per_million: float | None = None,
) -> tuple[str, ...]:
    """One sentence for each limit that the result does not keep to, with the figure and the limit.

    An init that was never measured keeps to no limit.
    """
    init, memory_ratio = result.cold_start.init, result.memory.max_used_mb / result.memory.memory_size_mb
    usd = result.cost.total_per_million
    found = []
    if max_init_ms is not None and not init.n:
        found.append(f"init was not measured, so it cannot be said to be within --max-init-ms {max_init_ms:g}")
    elif max_init_ms is not None and init.median > max_init_ms:
        found.append(f"init takes {init.median:,.1f} ms (median), above --max-init-ms {max_init_ms:g}")
    if max_memory_ratio is not None and memory_ratio > max_memory_ratio:
        found.append(
            f"max memory used is {memory_ratio:.2f} of the memory size ({result.memory.max_used_mb:.0f} of "
            f"{result.memory.memory_size_mb} MB), above --max-memory-ratio {max_memory_ratio:g}"
        )
    if max_usd_per_million is not None and float(usd) > max_usd_per_million:
        found.append(f"a million invocations cost ${usd:.4f}, above --max-usd-per-million {max_usd_per_million:g}")
    return tuple(found)


def _of_samples(name: str, unit: str, *, old: Summary, new: Summary, apart: bool) -> Difference:
    found = _difference(name, unit, old=old.median, new=new.median, apart=apart)
    return msgspec.structs.replace(found, of_old=old, of_new=new)


def _are_apart(old: Summary, new: Summary) -> bool:
    return old.median_high < new.median_low or new.median_high < old.median_low


def _difference(name: str, unit: str, *, old: float, new: float, apart: bool = True) -> Difference:
    ratio = new / old if old > 0 else 1.0
    differs = apart and abs(ratio - 1) > SAME_RATIO
    verdict = ("worse" if ratio > 1 else "better") if differs else "same"
    return Difference(name=name, unit=unit, old=old, new=new, ratio=ratio, verdict=verdict)


def _overall(verdicts: set[str]) -> str:
    differing = verdicts - {"same"}
    if len(differing) > 1:
        return "mixed"
    return differing.pop() if differing else "same"


def _caveats(old: CheckResult, new: CheckResult, *, interleaved: bool) -> tuple[Caveat, ...]:
    found = []
    if not interleaved:
        found.append(Caveat(CaveatCode.NOT_INTERLEAVED, f"{old.created} and {new.created}"))
    if (old.host.platform, old.host.cpus) != (new.host.platform, new.host.cpus):
        seen = f"{old.host.platform}, {old.host.cpus} CPUs and {new.host.platform}, {new.host.cpus} CPUs"
        found.append(Caveat(CaveatCode.OTHER_HOST, seen))
    for name, result in (("old", old), ("new", new)):
        contended = (each for each in result.cold_start.caveats if each.code is CaveatCode.CONTENDED_HOST)
        found += [Caveat(each.code, f"{name}: {each.detail}") for each in contended]
        if result.cold_start.failures:
            found.append(Caveat(CaveatCode.INVOCATION_FAILED, f"{name}: {'; '.join(result.cold_start.failures)}"))
    return tuple(found)
