"""What the invocations so far say of every memory size: the one place where reports become expectations."""

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Final, Self

import msgspec

from headstart.model import limits
from headstart.model.cpu_law import Law
from headstart.model.function import MemorySize
from headstart.model.invocation import InvocationReport
from headstart.model.sample import median
from headstart.model.tuning import Objective
from headstart.tune import seen as seen_at
from headstart.tune.bill import Bill
from headstart.tune.choice import Candidate, Choice, choose
from headstart.tune.prediction import HOST_SPREADS_ON_AWS, Prediction, predict
from headstart.tune.seen import Seen
from headstart.tune.sizes import CANDIDATES, faster
from headstart.tune.subject import Draw, Subject
from headstart.tune.tail import Tail
from headstart.tune.typical import Timed, typical

_ONE_THREAD: Final = 1.2


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """``sizes`` are those that were run, and ``unusable`` says why some cannot be had. ``candidates`` are those to
    choose from; there are none where nothing was answered. ``present`` is the function's own, None where that cannot
    be used.
    """

    subject: Subject
    sizes: Mapping[int, Seen]
    unusable: Mapping[int, str]
    least_mb: int
    parallelism: float | None
    prediction: Prediction | None
    bill: Bill
    tail: Tail
    candidates: tuple[Candidate, ...] = ()
    present: Candidate | None = None

    @classmethod
    def of(cls, reports: Iterable[InvocationReport], subject: Subject) -> Self:
        """Analyse ``reports``, in any order; pure but for its use of the session's randomness."""
        shuffle = subject.session.randomness(Draw.DURATIONS)
        sizes = seen_at.by_size(reports, subject)
        is_local = not subject.is_paid
        unusable = seen_at.unusable(sizes, is_local=is_local)
        usable = {mb: seen for mb, seen in sizes.items() if mb not in unusable}
        samples = _samples(usable, subject)
        warm = [report for seen in usable.values() for report in seen.warm if report.cpu_ms > 0]
        parallelism = median([report.parallelism for report in warm]) if warm else None
        prediction = predict(
            samples,
            parallelism=parallelism,
            cpu_ms=median([report.cpu_ms for report in warm]) if warm else 0.0,
            shuffle=shuffle,
            host_spread=0.0 if is_local else HOST_SPREADS_ON_AWS[subject.spec.architecture],
        )
        analysis = cls(
            subject=subject,
            sizes=sizes,
            unusable=unusable,
            least_mb=seen_at.least_mb(sizes.values(), is_local=is_local),
            parallelism=parallelism,
            prediction=prediction,
            bill=Bill.of(subject, usable.values()),
            tail=Tail.of(usable.values(), samples),
        )
        return analysis._with_candidates(prediction, shuffle) if prediction else analysis

    def choose(self, objective: Objective, *, measured: bool = False) -> Choice:
        """The best candidate for ``objective``; see ``choice.choose``."""
        return choose(self.candidates, objective, tolerance=self.subject.options.tolerance_ratio, measured=measured)

    @property
    def choice(self) -> Choice:
        """The best for the goal that was asked for."""
        return self.choose(self.subject.options.objective)

    @property
    def measured_mb(self) -> list[int]:
        """The sizes that were run and can be used."""
        return [mb for mb, seen in self.sizes.items() if mb not in self.unusable and seen.tuned]

    @property
    def failed_mb(self) -> int:
        """The largest size that failed while a larger one did not; 0 where there is none."""
        top_mb = max(self.measured_mb, default=0)
        return max((failed for failed in self.unusable if failed < top_mb), default=0)

    def is_possible(self, mb: int) -> bool:
        """Whether the size has memory enough, and is above any that failed."""
        has_memory = mb in self.measured_mb or mb >= self.least_mb
        return has_memory and mb > self.failed_mb and mb not in self.unusable

    def _with_candidates(self, prediction: Prediction, shuffle: Random) -> Self:
        ratios = self.tail.drawn(len(prediction.draws), shuffle)
        present_mb, asked = self.subject.spec.memory.mb, self.subject.options.sizes
        offered = {memory.mb for memory in asked} if asked else {*CANDIDATES, *self.measured_mb, present_mb}
        sensible = {*self.measured_mb} & offered | {*faster(offered, self._threads(prediction.law))}
        possible = [
            self._candidate(mb, prediction, ratios=ratios)
            for mb in sorted({*offered, present_mb})
            if self.is_possible(mb)
        ]
        in_time = [each for each in possible if each.ms < self.subject.spec.timeout_s * 1000]
        return msgspec.structs.replace(
            self,
            candidates=tuple(each for each in in_time if each.mb in sensible),
            present=next((each for each in in_time if each.mb == present_mb), None),
        )

    def _threads(self, law: Law) -> float:
        """The parallelism as measured; where that is unknown, as on AWS, at least two, and if it is parallel any."""
        if self.parallelism is not None:
            return self.parallelism
        return 2.0 if law.parallelism <= _ONE_THREAD else MemorySize(limits.MEMORY_MB_MAX).visible_vcpus

    def _candidate(self, mb: int, prediction: Prediction, *, ratios: Sequence[float]) -> Candidate:
        """``ratios`` are those of p99 in each draw."""
        ms = prediction.duration_ms(mb)
        drawn_ms = tuple(draw.duration_ms(mb) for draw in prediction.draws)
        usd, request_usd = float(self.bill.usd_per_million(mb, ms)), float(self.bill.request_usd_per_million)
        usd_per_ms = (usd - request_usd) / max(1.0, self.bill.billed_ms(mb, ms))
        return Candidate(
            mb=mb,
            is_measured=mb in self.measured_mb,
            is_risky=bool(self.failed_mb) and mb < min(self.measured_mb),
            ms=ms,
            usd=usd,
            p99_ms=ms * self.tail.ratio,
            drawn_ms=drawn_ms,
            drawn_usd=tuple(request_usd + usd_per_ms * self.bill.billed_ms(mb, drawn) for drawn in drawn_ms),
            drawn_p99_ms=tuple(drawn * ratio for drawn, ratio in zip(drawn_ms, ratios, strict=True)),
        )


def _samples(usable: Mapping[int, Seen], subject: Subject) -> dict[int, list[float]]:
    """What is tuned, in ms by size, the mix of events taken out."""
    events = subject.events
    timed = {
        mb: [Timed(report.event_name, ms) for report, ms in zip(seen.tuned, seen.tuned_ms, strict=True)]
        for mb, seen in usable.items()
    }
    total = sum(event.weight for event in events)
    shares: dict[str, float] = {}
    for event in events:
        shares[event.name] = shares.get(event.name, 0.0) + event.weight / total
    return typical(timed, shares)
