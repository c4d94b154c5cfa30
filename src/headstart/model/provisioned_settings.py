"""How much provisioned concurrency an alias has, and when, and what AWS would refuse of it."""

from collections.abc import Iterator
from typing import Final, Literal, get_args

import msgspec

from headstart.model import limits
from headstart.model.ranges import outside

Statistic = Literal["Maximum", "Average"]
# https://github.com/aws/aws-cdk/issues/29992 (2026-11-23)
_ZERO: Final = "scaled to nothing, the next deployment fails with ProvisionedConcurrencyConfigNotFound; leave 1"
_WHEN: Final = ("cron(", "rate(", "at(")


class UtilizationTracking(msgspec.Struct, frozen=True, kw_only=True):
    """Keeps the utilization of what is provisioned near ``target_ratio``.

    ``Maximum`` sees the peak of each minute; ``Average``, which AWS's predefined metric is, sees short peaks hardly or
    not at all. Without cooldowns each minute may change the capacity.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
    """

    target_ratio: float = 0.7
    statistic: Statistic = "Maximum"
    scale_in_cooldown_s: int | None = None
    scale_out_cooldown_s: int | None = None


class CapacitySchedule(msgspec.Struct, frozen=True, kw_only=True):
    """From ``when`` on other bounds hold: ``cron(0 8 ? * MON-FRI *)``, ``rate(…)`` or ``at(…)``, in UTC by default."""

    name: str
    when: str
    minimum: int | None = None
    maximum: int | None = None
    time_zone: str | None = None


class ProvisionedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``executions`` are provisioned by a deployment, by each one that brings a new version; scaling starts from there.

    Scaling stays between ``minimum`` (``executions`` where it is not given) and ``maximum``.
    """

    executions: int
    minimum: int | None = None
    maximum: int | None = None
    tracking: UtilizationTracking | None = None
    schedules: tuple[CapacitySchedule, ...] = ()

    @property
    def is_scaled(self) -> bool:
        """Whether Application Auto Scaling is to change it."""
        return self.tracking is not None or bool(self.schedules)

    @property
    def lowest(self) -> int:
        """The least that scaling leaves, outside schedules."""
        return self.executions if self.minimum is None else self.minimum

    @property
    def highest(self) -> int:
        """The most that scaling provisions, outside schedules."""
        return self.executions if self.maximum is None else self.maximum

    @property
    def peak(self) -> int:
        """The most that may ever be provisioned, schedules included."""
        return max(self.executions, self.highest, *(schedule.maximum or 0 for schedule in self.schedules))


def problems_of(settings: ProvisionedSettings) -> Iterator[str]:
    """What is wrong with the numbers alone, whatever the function reserves."""
    if settings.executions < 1:
        yield f"executions is {settings.executions}; allowed: 1 or more"
    if not settings.is_scaled:
        if (settings.minimum, settings.maximum) != (None, None):
            yield "minimum and maximum bound a scaling that is not there; add tracking or schedules"
        return
    yield from _bounds_problems(settings)
    if settings.tracking is not None:
        yield from _tracking_problems(settings.tracking)
    for schedule in settings.schedules:
        yield from _schedule_problems(schedule)
    names = [schedule.name for schedule in settings.schedules]
    if len(set(names)) < len(names):
        yield f"schedules have the names {', '.join(names)}; each needs its own"


def above_reserved(settings: ProvisionedSettings, reserved: int, *, elsewhere: int = 0) -> Iterator[str]:
    """What is provisioned, now or at the most of scaling, beyond what the function reserves for all of its aliases."""
    beside = f" beside {elsewhere:,} on other aliases" if elsewhere else ""
    amounts = {"executions": settings.executions}
    if settings.peak > settings.executions:
        amounts["the maximum of scaling"] = settings.peak
    for name, amount in amounts.items():
        if amount + elsewhere > reserved:
            yield f"{name}, {amount:,}{beside}, is above the function's reserved concurrency of {reserved:,}"


def _bounds_problems(settings: ProvisionedSettings) -> Iterator[str]:
    if settings.lowest == 0:
        yield f"minimum is 0: {_ZERO}"
    if settings.maximum is None:
        yield "maximum is needed where tracking or schedules scale"
    elif settings.lowest > settings.maximum:
        yield f"minimum {settings.lowest} is above maximum {settings.maximum}"
    elif not settings.lowest <= settings.executions <= settings.maximum:
        yield (
            f"executions is {settings.executions}, outside of minimum {settings.lowest} … maximum {settings.maximum}: "
            "scaling would change at once what a deployment provisions"
        )


def _tracking_problems(tracking: UtilizationTracking) -> Iterator[str]:
    low, high = limits.UTILIZATION_TARGET_MIN, limits.UTILIZATION_TARGET_MAX
    yield from outside("tracking.target_ratio", tracking.target_ratio, low=low, high=high)
    if tracking.statistic not in get_args(Statistic):
        yield f"tracking.statistic is {tracking.statistic!r}; allowed: {', '.join(get_args(Statistic))}"
    for name in ("scale_in_cooldown_s", "scale_out_cooldown_s"):
        if (cooldown_s := getattr(tracking, name)) is not None and cooldown_s < 0:
            yield f"tracking.{name} is {cooldown_s}; allowed: 0 or more"


def _schedule_problems(schedule: CapacitySchedule) -> Iterator[str]:
    name = f"schedule {schedule.name}"
    if not (schedule.when.startswith(_WHEN) and schedule.when.endswith(")")):
        yield f"{name}: when is {schedule.when!r}; allowed: cron(…), rate(…), at(…)"
    if schedule.minimum is None and schedule.maximum is None:
        yield f"{name} needs a minimum, a maximum or both"
    if 0 in (schedule.minimum, schedule.maximum):
        yield f"{name} goes down to 0: {_ZERO}"
    if schedule.minimum is not None and schedule.maximum is not None and schedule.minimum > schedule.maximum:
        yield f"{name}: minimum {schedule.minimum} is above maximum {schedule.maximum}"
