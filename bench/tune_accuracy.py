"""How far the model of ``headstart tune`` is from durations measured on AWS: held-out sizes, the choice, the staircase.

Each curve is fitted at three of its sizes (lowest, middle by ratio, highest) and predicted at all others. Then one more
size is measured, of those left the one that is expected to be the cheapest, and the cheapest of the four is chosen.
Costs are those of duration: memory times time. Beside the model: the formula of Parrotfish (SoCC'23), fitted here, and
waiting plus CPU by share of a vCPU.

The curves are in bench/data (see ORIGIN.md there); ``--data FOLDER`` reads them as they were published. Those of
``--curves FILE`` are shown without a bar: how noisy they are is not known.
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
from headstart.tune.prediction import Prediction, predict, typical_ms

_DATA = Path(__file__).parent / "data"
_STAIRCASE = "cpu_overallocation_aws_summary.csv"
# Duration in ms by memory size in MB.
Duration = Callable[[int], float]
Curve = Mapping[int, Sequence[float]]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="mbwilding/ and demystifying/, as published")
    parser.add_argument("--curves", type=Path, metavar="FILE", help="CSV: curve,memory_mb,duration_ms; rows may repeat")
    options = parser.parse_args()
    curves = _published(options.data / "mbwilding") if options.data else _curves(_DATA / "aws_memory_curves.csv")
    rows = [*_held_out(curves, has_bars=True), *_coverage(curves, bar="0.9…1")]
    if options.curves:
        more = _curves(options.curves)
        rows += [*_held_out(more, where=options.curves.name), *_coverage(more, where=options.curves.name)]
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


def _predicted(points: Mapping[int, Sequence[float]]) -> Prediction:
    found = predict(points, parallelism=None, cpu_ms=0.0, shuffle=Random(1))
    assert found is not None
    return found


def _model(points_ms: Mapping[int, float]) -> Duration:
    return _predicted({mb: [ms] for mb, ms in points_ms.items()}).duration_ms


def _parrotfish(points_ms: Mapping[int, float]) -> Duration:
    """a0 + a1 exp(-m / a2)."""

    def shape(scale_mb: float) -> Duration:
        return lambda mb: math.exp(-mb / scale_mb)

    fits = [_two_terms(points_ms, shape(20 * 1.05**step)) for step in range(150)]
    return min(fits, key=lambda fit: fit.error).duration_ms


def _by_share(points_ms: Mapping[int, float]) -> Duration:
    """Waiting, and CPU by share of a vCPU."""
    return _two_terms(points_ms, lambda mb: max(1.0, limits.MEMORY_MB_PER_VCPU / mb)).duration_ms


class _Fit(NamedTuple):
    duration_ms: Duration
    error: float


def _two_terms(points_ms: Mapping[int, float], shape: Duration) -> _Fit:
    """a + b shape(m), neither negative, with the least relative squared error."""
    rows = [(1 / ms, shape(mb) / ms) for mb, ms in points_ms.items()]
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


def _held_out(curves: Mapping[str, Curve], *, has_bars: bool = False, where: str = "") -> Iterator[Row]:
    levels = {name: {mb: typical_ms(samples) for mb, samples in curve.items()} for name, curve in curves.items()}
    for fit_name, fit in _FITS.items():
        has_bar = has_bars and fit is _model
        errors, losses = [], []
        for curve in levels.values():
            measured = _three(list(curve))
            duration_ms = fit({mb: curve[mb] for mb in measured})
            rest = [mb for mb in curve if mb not in measured]
            errors += [abs(duration_ms(mb) / curve[mb] - 1) for mb in rest]
            losses.append(_loss(curve, [*measured, min(rest, key=lambda mb: mb * duration_ms(mb))]))
        what = f"{fit_name}{', ' + where if where else ''}: "
        seen = f"{len(errors)} held-out sizes of {len(curves)} curves"
        within = sum(loss <= 0.05 for loss in losses)
        chosen = f"{within} of {len(losses)} from four sizes; on average {statistics.mean(losses):.2%} dearer"
        yield Row(what + "median error", statistics.median(errors), "", "<= 0.03" if has_bar else "", seen)
        yield Row(what + "mean error", statistics.mean(errors), "", "<= 0.065" if has_bar else "", seen)
        yield Row(what + "choice within 5 %", within / len(losses), "", ">= 0.95" if has_bar else "", chosen)


def _loss(curve: Mapping[int, float], measured: Sequence[int]) -> float:
    """How much dearer the cheapest of the sizes measured is than the cheapest there is."""
    return min(mb * curve[mb] for mb in measured) / min(mb * ms for mb, ms in curve.items()) - 1


def _coverage(curves: Mapping[str, Curve], *, bar: str = "", where: str = "") -> Iterator[Row]:
    """How often the interval holds the typical duration, from three sizes of up to five invocations each."""
    held, half_widths, counts = [], [], set()
    for curve in curves.values():
        for seed in range(3):
            shuffle = Random(seed)
            measured = {mb: shuffle.sample(curve[mb], min(5, len(curve[mb]))) for mb in _three(list(curve))}
            counts |= {len(samples) for samples in measured.values()}
            prediction = _predicted(measured)
            for mb in set(curve) - set(measured):
                estimate = prediction.estimate(mb)
                held.append(estimate.low <= typical_ms(curve[mb]) <= estimate.high)
                half_widths.append((estimate.high - estimate.low) / 2 / estimate.value)
    width = f"half width {statistics.median(half_widths):.0%}"
    detail = f"{len(held)} intervals, from {max(counts)} invocations a size; {width} (median)"
    yield Row(f"95 % intervals that hold{', ' + where if where else ''}", statistics.mean(held), "", bar, detail)


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
    measured = _three(list(aws_ms))
    from_three = _model({mb: aws_ms[mb] for mb in measured})
    measured.append(min((mb for mb in aws_ms if mb not in measured), key=lambda mb: mb * from_three(mb)))
    for name, fit in _FITS.items():
        rest = {mb: ms for mb, ms in aws_ms.items() if mb not in measured}
        yield _staircase_row(
            f"the same, {name} from four sizes", fit({mb: aws_ms[mb] for mb in measured}), rest, bar=""
        )


def _staircase_row(what: str, duration_ms: Duration, aws_ms: Mapping[int, float], *, bar: str) -> Row:
    errors = [duration_ms(mb) / ms - 1 for mb, ms in aws_ms.items()]
    detail = f"{len(errors)} sizes, worst {max(map(abs, errors)):.0%}, mean with sign {statistics.mean(errors):+.1%}"
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
