"""The difference between two results, and whether a result keeps to limits."""

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.results import CheckResult, ComparisonResult, Difference
from headstart.model.sample import Summary

# Differences up to this are no difference.
SAME_RATIO = 0.02


def compare(old: CheckResult, new: CheckResult, *, interleaved: bool = False) -> ComparisonResult:
    """Every figure that both have, old against new; less is better in all of them.

    The verdict is ``better`` or ``worse`` when all figures that differ agree, ``same`` when none differs, else
    ``mixed``.
    """
    summaries = (
        ("init", old.cold_start.init, new.cold_start.init),
        ("function init", old.cold_start.function_init, new.cold_start.function_init),
        ("first invocation", old.cold_start.first_invocation, new.cold_start.first_invocation),
        ("cold start", old.cold_start.total, new.cold_start.total),
        ("warm invocation", old.cold_start.warm, new.cold_start.warm),
    )
    differences = [_of_samples(name, old=a, new=b) for name, a, b in summaries if a and b and a.n and b.n]
    differences += [
        _difference("max memory used", "MB", old=old.memory.max_used_mb, new=new.memory.max_used_mb),
        _difference(
            "cost per million", "USD", old=float(old.cost.total_per_million), new=float(new.cost.total_per_million)
        ),
    ]
    return ComparisonResult(
        old_name=old.function.code,
        new_name=new.function.code,
        interleaved=interleaved,
        differences=tuple(differences),
        verdict=_overall({difference.verdict for difference in differences}),
        caveats=_caveats(old, new, interleaved=interleaved),
    )


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


def _of_samples(name: str, *, old: Summary, new: Summary) -> Difference:
    apart = old.median_high < new.median_low or new.median_high < old.median_low
    return _difference(name, "ms", old=old.median, new=new.median, apart=apart)


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
        if result.cold_start.failures:
            found.append(Caveat(CaveatCode.INVOCATION_FAILED, f"{name}: {'; '.join(result.cold_start.failures)}"))
    return tuple(found)
