"""Two packages of one function, their cold starts run in turn, and where each millisecond between them went."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from headstart.measure import check
from headstart.measure.compare import compare
from headstart.measure.cost import cost
from headstart.measure.pairs import steps
from headstart.model.bundle import BundleFacts
from headstart.model.comparison import CostAt
from headstart.model.results import CheckResult, ColdStartResult

_COLD_RATIOS: Final = (0.001, 0.01, 0.1)


async def check_both(
    old: check.Subject, new: check.Subject, *, session: check.Session
) -> tuple[CheckResult, CheckResult]:
    """Check two packages of one function, their cold starts run in turn with the events of ``new``, whose result has
    the comparison."""
    invokers = [*check.variants_of(old), *check.variants_of(new), *([new.eager] if new.eager else ())]
    results = await check.start_cold(invokers, new.events, session=session)
    of_old, of_new = results[: len(check.variants_of(old))], results[len(check.variants_of(old)) :]
    first = await check.explain(old, of_old, session=session)
    second = await check.explain(new, of_new[: len(check.variants_of(new))], session=session)
    comparison = msgspec.structs.replace(
        compare(first, second, interleaved=True),
        steps=steps(_packages(old, of_old, new=new, of_new=of_new)) if new.bundle else (),
        costs=_costs((old, of_old[0]), (new, of_new[0])),
    )
    return first, msgspec.structs.replace(second, comparison=comparison)


def _packages(
    old: check.Subject, of_old: Sequence[ColdStartResult], *, new: check.Subject, of_new: Sequence[ColdStartResult]
) -> Iterator[tuple[str, ColdStartResult]]:
    """The packages from the old one to the bundle, by what each has more than the one before."""
    yield ("the old bundle" if old.bundle else "the package as it was"), of_old[0]
    if old.precompiled:
        yield "with bytecode", of_old[1]
    bundled = "the new bundle" if old.bundle else "pruned"
    if new.eager:
        yield bundled, of_new[-1]
    yield (_optimized(new.bundle) if new.bundle and new.eager else bundled), of_new[0]


def _optimized(bundle: BundleFacts) -> str:
    """What a bundle has that it has not under ``EAGER``."""
    imports = bundle.deferral.imports if bundle.deferral else 0
    deferred = f"{imports:,} imports deferred" if imports else "garbage collection deferred" if bundle.deferral else ""
    preloaded = f"{bundle.preloaded:,} things preloaded" if bundle.preloaded else ""
    return ", ".join(filter(None, (deferred, preloaded)))


def _costs(
    old: tuple[check.Subject, ColdStartResult], new: tuple[check.Subject, ColdStartResult]
) -> tuple[CostAt, ...]:
    """What both cost per million invocations at several shares of cold starts, among them that of the traffic."""

    def per_million(subject: check.Subject, cold: ColdStartResult, *, ratio: float) -> Decimal:
        traffic = msgspec.structs.replace(subject.traffic, cold_ratio=ratio)
        return cost(cold, subject.invoker.spec, traffic=traffic).total_per_million

    ratios = sorted({*_COLD_RATIOS, new[0].traffic.cold_ratio})
    return tuple(
        CostAt(cold_ratio=ratio, old_usd=per_million(*old, ratio=ratio), new_usd=per_million(*new, ratio=ratio))
        for ratio in ratios
    )
