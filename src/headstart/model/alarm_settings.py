"""When the alarms of a function fire, and which thresholds could never be, or would always be, crossed."""

from collections.abc import Iterator
from typing import Final, Literal, get_args

import msgspec

from headstart.model.lambda_metrics import PERIOD_S_MIN
from headstart.model.ranges import outside

MissingData = Literal["notBreaching", "breaching", "ignore", "missing"]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (2026-11-25)
_EVALUATED_S_MAX: Final = 86_400


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """``datapoints`` of the last ``periods`` have to be above the threshold. Idle periods of Lambda's have no data."""

    datapoints: int = 2
    periods: int = 3
    period_s: int = PERIOD_S_MIN
    missing_data: MissingData = "notBreaching"

    @property
    def shortest_s(self) -> int:
        """How long the threshold has to be crossed at least."""
        return self.datapoints * self.period_s


class AlarmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Each alarm fires above its number; None switches it off.

    ``error_percent`` is looked at in periods with ``minimum_requests``. ``duration_percent`` is the share of the
    timeout that the ``duration_percentile`` takes, ``concurrency_percent`` that of the reserved concurrency in use.
    ``spilled`` counts invocations that found no provisioned environment. ``account_concurrency`` is the account's
    quota, of which ``account_percent`` may be claimed: one function's alarms are enough for that. ``iterator_age_s``
    is for streams, ``async_age_s`` for asynchronous events; ``failed_events`` counts those kept in a queue.

    Only the composite of them all notifies, once for each function, unless ``notifies_each``.
    """

    error_percent: float | None = 1
    minimum_requests: int = 20
    throttles: int | None = 0
    duration_percent: float | None = 80
    duration_percentile: float = 99
    concurrency_percent: float | None = 80
    spilled: int | None = 0
    account_concurrency: int | None = None
    account_percent: float = 90
    iterator_age_s: float | None = None
    async_age_s: float | None = None
    failed_events: int | None = 0
    evaluation: Evaluation = Evaluation()
    notifies_each: bool = False


def problems_of(settings: AlarmSettings) -> Iterator[str]:
    """What CloudWatch refuses, and thresholds that make an alarm vain."""
    yield from evaluation_problems(settings.evaluation)
    yield from error_problems(settings.error_percent, settings.minimum_requests)
    for name in ("duration_percent", "concurrency_percent", "account_percent", "duration_percentile"):
        if (percent := getattr(settings, name)) is not None and not 0 < percent < 100:
            yield f"{name} is {percent}; allowed: above 0 and below 100"
    for name in ("throttles", "spilled", "iterator_age_s", "async_age_s", "failed_events"):
        if (least := getattr(settings, name)) is not None and least < 0:
            yield f"{name} is {least}, which always is exceeded; allowed: 0 or more"


def error_problems(error_percent: float | None, minimum_requests: int) -> Iterator[str]:
    """What is wrong with a threshold for errors."""
    if error_percent is not None and not 0 <= error_percent < 100:
        yield f"error_percent is {error_percent}; allowed: 0 or more and below 100"
    if minimum_requests < 1:
        yield f"minimum_requests is {minimum_requests}; allowed: 1 or more"


def evaluation_problems(evaluation: Evaluation) -> Iterator[str]:
    """What CloudWatch refuses of an evaluation of metrics that have a value for each minute."""
    if evaluation.period_s < PERIOD_S_MIN or evaluation.period_s % PERIOD_S_MIN:
        yield f"evaluation.period_s is {evaluation.period_s}; allowed: multiples of 60, for there is a value a minute"
    yield from outside("evaluation.datapoints", evaluation.datapoints, low=1, high=max(1, evaluation.periods))
    longest = _EVALUATED_S_MAX // max(evaluation.period_s, 1)
    yield from outside("evaluation.periods", evaluation.periods, low=1, high=longest)
    if evaluation.missing_data not in get_args(MissingData):
        yield f"evaluation.missing_data is {evaluation.missing_data!r}; allowed: {', '.join(get_args(MissingData))}"
