"""How rules look at alarms: which metric one compares with its threshold, which function it watches, how to edit it."""

from collections.abc import Iterable, Iterator

from headstart.audit.edits import removing, setting
from headstart.audit.subject import Subject
from headstart.model.finding import Edit
from headstart.model.infrastructure import DeclaredAlarm, DeclaredFunction, Infrastructure, MetricQuery, Step, Symbolic
from headstart.model.lambda_metrics import NAMESPACE
from headstart.model.limits import TIMEOUT_S_DEFAULT


def alarms(subject: Subject) -> Iterator[tuple[Infrastructure, DeclaredAlarm]]:
    """Every alarm that tells of a metric of Lambda's, with the template that declares it; not those that scale."""
    for infrastructure in subject.infrastructures:
        for alarm in _alarms_in(infrastructure):
            yield infrastructure, alarm


def _alarms_in(infrastructure: Infrastructure) -> Iterator[DeclaredAlarm]:
    for alarm in infrastructure.alarms:
        of_lambda = any(query.namespace == NAMESPACE for query in alarm.queries)
        if of_lambda and not is_for_scaling(infrastructure, alarm):
            yield alarm


def is_for_scaling(infrastructure: Infrastructure, alarm: DeclaredAlarm) -> bool:
    """Whether scaling policies are its actions: it tells nobody, and no data means that nothing is to be done."""
    policies = {policy.resource.id for policy in infrastructure.scaling_policies}
    return any(isinstance(action, Symbolic) and policies & set(action.refers_to) for action in alarm.actions)


def returned(alarm: DeclaredAlarm) -> MetricQuery | None:
    """The metric or expression that is compared with the threshold."""
    candidates = [query for query in alarm.queries if query.is_returned]
    return candidates[0] if len(candidates) == 1 else None


def compared_metric(alarm: DeclaredAlarm) -> MetricQuery | None:
    """The metric of Lambda's that is compared with the threshold as it is; None when that is an expression."""
    query = returned(alarm)
    return query if query and query.namespace == NAMESPACE and not query.expression else None


def is_upper(alarm: DeclaredAlarm) -> bool:
    """Whether it is in alarm above its threshold."""
    return (alarm.comparison or "") in ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")


def is_beyond(alarm: DeclaredAlarm, *, most: float) -> bool:
    """Whether an alarm above a threshold waits for more than ``most``."""
    if alarm.threshold is None or not is_upper(alarm):
        return False
    return alarm.threshold >= most if alarm.comparison == "GreaterThanThreshold" else alarm.threshold > most


def metrics_in(alarm: DeclaredAlarm) -> set[str]:
    """The names of Lambda's metrics that it uses."""
    return {query.name for query in alarm.queries if query.namespace == NAMESPACE}


def alarms_on(function: DeclaredFunction, subject: Subject, *, within: Infrastructure) -> list[DeclaredAlarm]:
    """The alarms that watch a function of the template ``within``, in that template or another of the project.

    An alarm without a function, on the whole Region, watches all; so may one whose function its own template does not
    declare.
    """
    found: list[DeclaredAlarm] = []
    for template in subject.infrastructures:
        own = {"", function.name, function.id} if template is within else {"", function.name}
        others = {other.id for other in template.functions} - own
        found += [alarm for alarm in _alarms_in(template) if alarm.function not in others]
    return found


def are_watched(watching: Iterable[DeclaredAlarm], *names: str) -> bool:
    """Whether one of the alarms uses one of the metrics."""
    return any(metrics_in(alarm) & set(names) for alarm in watching)


def watched_function(infrastructure: Infrastructure, alarm: DeclaredAlarm) -> DeclaredFunction | None:
    """The function of the same template that an alarm watches."""
    return infrastructure.function(alarm.function) if alarm.function else None


def path_of(alarm: DeclaredAlarm, query: MetricQuery) -> tuple[Step, ...]:
    """Where a query's statistic and period stand among the alarm's properties."""
    for index, entry in enumerate(alarm.resource.get("Metrics", default=())):
        if entry.get("Id") == query.id:
            return ("Metrics", index, "MetricStat")
    return ()


def reading_with(statistic: str, alarm: DeclaredAlarm, *, query: MetricQuery) -> tuple[Edit, ...]:
    """Edits that have a metric read with another statistic."""
    resource = alarm.resource
    if path := path_of(alarm, query):
        return setting(resource, (*path, "Stat"), to=statistic)
    new, old = ("ExtendedStatistic", "Statistic") if statistic.startswith("p") else ("Statistic", "ExtendedStatistic")
    edits = setting(resource, (new,), to=statistic)
    return edits + removing(resource, (old,)) if old in resource.properties else edits


def statistic_path(alarm: DeclaredAlarm, query: MetricQuery) -> tuple[Step, ...]:
    """Where a query's statistic stands."""
    if path := path_of(alarm, query):
        return (*path, "Stat")
    return ("ExtendedStatistic",) if "ExtendedStatistic" in alarm.resource.properties else ("Statistic",)


def timeout_ms(function: DeclaredFunction) -> int | None:
    """Its timeout, Lambda's default where none is said; None where only a deployment knows."""
    if function.timeout_s is not None:
        return function.timeout_s * 1000
    return None if "Timeout" in function.resource.properties else TIMEOUT_S_DEFAULT * 1000
