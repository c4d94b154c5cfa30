"""A function before and after: its comparison as check_both makes it."""

from decimal import Decimal

import msgspec
import results_fixture

from headstart.measure.compare import compare
from headstart.measure.pairs import steps
from headstart.model.comparison import CostAt
from headstart.model.results import CheckResult, ColdStartResult
from headstart.model.sample import summarize


def scaled(cold: ColdStartResult, ratio: float) -> ColdStartResult:
    """The same cold starts with an init that takes ``ratio`` of its time and of its memory, 100 MB."""
    runs = []
    for run in cold.runs:
        changes = {"boot_ms": run.init.boot_ms * ratio, "function_ms": run.init.function_ms * ratio}
        changes["cpu_ms"] = run.init.cpu_ms * ratio
        init = msgspec.structs.replace(run.init, memory_mb=100 * ratio, **changes)
        runs.append(msgspec.structs.replace(run, init=init))
    return msgspec.structs.replace(cold, init=summarize([run.init.init_ms for run in runs]), runs=tuple(runs))


def compared() -> CheckResult:
    """A bundle a quarter of whose init is left, by way of one with bytecode and one that is pruned besides."""
    old = results_fixture.check_result()
    function = msgspec.structs.replace(old.function, code="bundle", package_mb=150.0, package_zipped_mb=40.0)
    new = msgspec.structs.replace(old, function=function, cold_start=scaled(old.cold_start, 0.25))
    old = msgspec.structs.replace(old, function=msgspec.structs.replace(old.function, package_zipped_mb=30.0))
    packages = [
        ("the package as it was", old.cold_start),
        ("with bytecode", scaled(old.cold_start, 0.5)),
        ("pruned", scaled(old.cold_start, 0.51)),
        ("12 imports deferred", new.cold_start),
    ]
    comparison = msgspec.structs.replace(
        compare(old, new, interleaved=True),
        steps=steps(packages),
        costs=(CostAt(cold_ratio=0.01, old_usd=Decimal("2.05"), new_usd=Decimal("1.98")),),
    )
    return msgspec.structs.replace(new, comparison=comparison)
