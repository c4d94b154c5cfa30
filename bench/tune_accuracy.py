"""How far the model of ``headstart tune`` is from durations measured on AWS: held-out sizes, the choice, the staircase.

Each curve is fitted at three of its sizes (lowest, middle by ratio, highest) and predicted at all others. Then one more
size is measured, of those left the one that is expected to be the cheapest, and the cheapest of the four is chosen.
Costs are those of duration: memory times time. Beside the model: the formula of Parrotfish (SoCC'23), fitted here, and
waiting plus CPU by share of a vCPU.

The curves are in bench/data (see ORIGIN.md there). Those with a bar are means over as many hosts as invocations. Where
all invocations of a size were on one host, the others' hosts are faster or slower by what no model can know; these,
and those of ``--curves FILE``, are shown without a bar.
"""

import csv
import json
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from rows import Row, arguments, finish

from headstart.model import cpu_quota, limits
from headstart.model.function import Architecture
from headstart.tune.prediction import HOST_SPREADS_ON_AWS, Prediction, predict, typical_ms

_DATA = Path(__file__).parent / "data"
_STAIRCASE = "cpu_overallocation_aws_summary.csv"
# Duration in ms by memory size in MB; and what was measured of it.
Duration = Callable[[int], float]
Curve = Mapping[int, Sequence[float]]


class Table(NamedTuple):
    """Curves of one source. A value stands for ``runs`` invocations; those of a size were on one host, or on many."""

    name: str
    curves: Mapping[str, Curve]
    runs: int = 1
    is_one_host: bool = False
    has_bars: bool = False

    def group(self, name: str) -> str:
        """The architecture of a curve, where hosts matter."""
        return next((each for each in Architecture if self.is_one_host and each in name), "")

    def host_spread(self, name: str) -> float:
        """How far the host of a curve's size may be from others."""
        return HOST_SPREADS_ON_AWS[Architecture(self.group(name))] if self.is_one_host else 0.0


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="reads mbwilding/ and demystifying/ here, as they were published"
    )
    parser.add_argument("--curves", type=Path, metavar="FILE", help="CSV: curve,memory_mb,duration_ms; rows may repeat")
    options = parser.parse_args()
    many = _published(options.data / "mbwilding") if options.data else _curves(_DATA / "aws_memory_curves.csv")
    single = _curves(_DATA / "aws_memory_curves_single_hosts.csv")
    tables = [Table("many hosts", many, has_bars=True), Table("one host a size", single, runs=300, is_one_host=True)]
    if options.curves:
        tables.append(Table(options.curves.name, _curves(options.curves)))
    rows = [row for table in tables for row in (*_held_out(table), *_coverage(table))]
    rows += _staircase(_means((options.data / "demystifying" if options.data else _DATA) / _STAIRCASE))
    finish(rows, options)


def _curves(path: Path) -> dict[str, Curve]:
    """Durations by curve and size, sizes ascending."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    with path.open() as file:
        for row in csv.DictReader(file):
            found[row["curve"]][int(row["memory_mb"])].append(float(row["duration_ms"]))
    return {name: dict(sorted(curve.items())) for name, curve in found.items() if len(curve) > 3}


def _published(folder: Path) -> dict[str, Curve]:
    return {
        f"{runtime} {architecture}": {
            int(mb): [run["duration"] for run in runs]
            for mb, runs in sorted(sizes.items(), key=lambda size: int(size[0]))
        }
        for runtime, architectures in json.loads((folder / "results.json").read_text()).items()
        for architecture, sizes in architectures.items()
    }


def _means(path: Path) -> dict[int, float]:
    with path.open() as file:
        return {int(row["memory_mb"]): float(row["mean"]) for row in csv.DictReader(file)}


def _three(sizes: Sequence[int]) -> list[int]:
    """The lowest, the middle by ratio and the highest."""
    middle = math.sqrt(sizes[0] * sizes[-1])
    return [sizes[0], min(sizes[1:-1], key=lambda mb: abs(math.log(mb / middle))), sizes[-1]]


def _predicted(points: Mapping[int, Sequence[float]], *, host_spread: float = 0.0) -> Prediction:
    found = predict(points, parallelism=None, cpu_ms=0.0, shuffle=Random(1), host_spread=host_spread)
    assert found is not None
    return found


def _model(points: Curve, host_spread: float = 0.0) -> Duration:
    return _predicted(points, host_spread=host_spread).duration_ms


def _parrotfish(points: Curve, _: float = 0.0) -> Duration:
    """a0 + a1 exp(-m / a2)."""

    def shape(scale_mb: float) -> Duration:
        return lambda mb: math.exp(-mb / scale_mb)

    fits = [_two_terms(points, shape(20 * 1.05**step)) for step in range(150)]
    return min(fits, key=lambda fit: fit.error).duration_ms


def _by_share(points: Curve, _: float = 0.0) -> Duration:
    """Waiting, and CPU by share of a vCPU."""
    return _two_terms(points, lambda mb: max(1.0, limits.MEMORY_MB_PER_VCPU / mb)).duration_ms


class _Fit(NamedTuple):
    duration_ms: Duration
    error: float


def _two_terms(points: Curve, shape: Duration) -> _Fit:
    """a + b shape(m), neither negative, with the least relative squared error."""
    rows = [(1 / typical_ms(samples), shape(mb) / typical_ms(samples)) for mb, samples in points.items()]
    x, y = sum(p for p, _ in rows), sum(q for _, q in rows)
    xx, xy, yy = sum(p * p for p, _ in rows), sum(p * q for p, q in rows), sum(q * q for _, q in rows)
    determinant = xx * yy - xy * xy
    a, b = 0.0, y / yy
    if determinant > 1e-12 * xx * yy:
        both = (yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant
        if both[1] < 0:
            a, b = x / xx, 0.0
        elif both[0] >= 0:
            a, b = both
    return _Fit(lambda mb: a + b * shape(mb), sum((a * p + b * q - 1) ** 2 for p, q in rows))


_FITS = {"headstart": _model, "Parrotfish's formula": _parrotfish, "io + cpu / share": _by_share}


def _held_out(table: Table) -> Iterator[Row]:
    levels = {name: {mb: typical_ms(samples) for mb, samples in curve.items()} for name, curve in table.curves.items()}
    for fit_name, fit in _FITS.items():
        has_bar = table.has_bars and fit is _model
        errors, losses = [], []
        for name, curve in levels.items():
            measured = _three(list(curve))
            duration_ms = fit({mb: [*table.curves[name][mb]] * table.runs for mb in measured}, table.host_spread(name))
            rest = [mb for mb in curve if mb not in measured]
            errors += [abs(duration_ms(mb) / curve[mb] - 1) for mb in rest]
            losses.append(_loss(curve, [*measured, min(rest, key=lambda mb: mb * duration_ms(mb))]))
        what = f"{table.name}, {fit_name}: "
        seen = f"{len(errors)} held-out sizes of {len(levels)} curves"
        within = sum(loss <= 0.05 for loss in losses)
        chosen = f"{within} of {len(losses)} from four sizes; on average {statistics.mean(losses):.2%} dearer"
        yield Row(what + "median error", statistics.median(errors), "", "<= 0.03" if has_bar else "", seen)
        yield Row(what + "mean error", statistics.mean(errors), "", "<= 0.065" if has_bar else "", seen)
        yield Row(what + "choice within 5 %", within / len(losses), "", ">= 0.95" if has_bar else "", chosen)


def _loss(curve: Mapping[int, float], measured: Sequence[int]) -> float:
    """How much dearer the cheapest of the sizes measured is than the cheapest there is."""
    return min(mb * curve[mb] for mb in measured) / min(mb * ms for mb, ms in curve.items()) - 1


def _coverage(table: Table) -> Iterator[Row]:
    """How often intervals hold the typical duration of other sizes, from up to five invocations at three."""
    held: dict[str, list[bool]] = defaultdict(list)
    half_widths: dict[str, list[float]] = defaultdict(list)
    for name, curve in table.curves.items():
        for seed in range(3):
            shuffle, measured = Random(seed), {}
            for mb in _three(list(curve)):
                runs = [*curve[mb]] * table.runs
                measured[mb] = shuffle.sample(runs, min(5, len(runs)))
            prediction = _predicted(measured, host_spread=table.host_spread(name))
            for mb in set(curve) - set(measured):
                estimate = prediction.estimate(mb)
                held[table.group(name)].append(estimate.low <= typical_ms(curve[mb]) <= estimate.high)
                half_widths[table.group(name)].append((estimate.high - estimate.low) / 2 / estimate.value)
    for group, holds in held.items():
        detail = f"{len(holds)} intervals; half width {statistics.median(half_widths[group]):.0%} (median)"
        what = f"{table.name}{', ' + group if group else ''}: 95 % intervals that hold"
        yield Row(what, statistics.mean(holds), "", "0.9…1" if table.has_bars else "", detail)


def _staircase(aws_ms: Mapping[int, float]) -> Iterator[Row]:
    """The function of 17.3 ms: its CPU is what it takes where nothing is throttled."""
    cpu_ms = statistics.mean(ms for mb, ms in aws_ms.items() if mb >= limits.MEMORY_MB_PER_VCPU)
    sides: dict[str, tuple[Duration, str]] = {
        "by the quota's periods": (lambda mb: cpu_quota.duration_ms(cpu_ms, mb), "<= 0.08"),
        "the same, begun as on AWS": (lambda mb: _in_turn_ms(cpu_ms, mb), ""),
        "by share of a vCPU": (lambda mb: cpu_ms * max(1.0, limits.MEMORY_MB_PER_VCPU / mb), ""),
    }
    for name, (duration_ms, bar) in sides.items():
        yield _staircase_row(f"{cpu_ms:.1f} ms function, {name}", duration_ms, aws_ms, bar=bar)
    for name, fit in _FITS.items():
        measured = _three(list(aws_ms))
        from_three = fit({mb: [aws_ms[mb]] for mb in measured})
        measured.append(min((mb for mb in aws_ms if mb not in measured), key=lambda mb: mb * from_three(mb)))
        rest = {mb: ms for mb, ms in aws_ms.items() if mb not in measured}
        dearer = f", the cheapest of the four {_loss(aws_ms, measured):.0%} dearer than the cheapest"
        duration_ms = fit({mb: [aws_ms[mb]] for mb in measured})
        yield _staircase_row(f"the same, {name} from four sizes", duration_ms, rest, more=dearer)


def _staircase_row(
    what: str, duration_ms: Duration, aws_ms: Mapping[int, float], *, bar: str = "", more: str = ""
) -> Row:
    errors = [duration_ms(mb) / ms - 1 for mb, ms in aws_ms.items()]
    detail = (
        f"{len(errors)} sizes, worst {max(map(abs, errors)):.0%}, mean with sign {statistics.mean(errors):+.1%}{more}"
    )
    return Row(f"{what}: mean error", statistics.mean(map(abs, errors)), "", bar, detail)


def _in_turn_ms(cpu_ms: float, mb: int) -> float:
    """Invocations that each begin 100 ms after the answer to the last, as these did.

    With the way there and back that was 159 ms, give or take 1.3, after the end of the last: the period decides when
    they end, and so when in a period the next begins.
    """
    if mb >= limits.MEMORY_MB_PER_VCPU:
        return cpu_ms
    shuffle = Random(1)
    begins_ms, durations = 0.0, []
    for _ in range(100):
        durations.append(cpu_quota.duration_ms(cpu_ms, mb, begins_ms=begins_ms))
        begins_ms = (begins_ms + durations[-1] + shuffle.gauss(159, 1.3)) % cpu_quota.PERIOD_MS
    return statistics.mean(durations[20:])


if __name__ == "__main__":
    main()
