"""Metrics of CloudWatch and expressions over them, with the defaults of the CDK, and alarms on them."""

import json
from collections.abc import Iterator
from typing import Any, Final

from headstart.infra.program.recorder import Draft
from headstart.infra.program.resources import words
from headstart.infra.program.resources.call import Call, Maker, Table
from headstart.infra.program.values import Duration, Given, Made, Outside, OwnObject, Unknown
from headstart.model.infrastructure import Step, Symbolic

_WATCH: Final = "aws_cdk.aws_cloudwatch."
_LAMBDA: Final = "AWS/Lambda"
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.Metric.html (2026-11-25): five minutes, and the
# average; of a function's own methods the sum of what is counted, and of all functions' concurrency the maximum.
_PERIOD_DEFAULT: Final = Duration(300)
_AVERAGE: Final = "Average"
_OWN: Final = {
    "metric_errors": ("Errors", "Sum"),
    "metric_invocations": ("Invocations", "Sum"),
    "metric_throttles": ("Throttles", "Sum"),
    "metric_duration": ("Duration", _AVERAGE),
}
_OF_ALL: Final = {
    **{name.replace("metric_", "metric_all_"): each for name, each in _OWN.items()},
    "metric_all_concurrent_executions": ("ConcurrentExecutions", "Maximum"),
    "metric_all_unreserved_concurrent_executions": ("UnreservedConcurrentExecutions", "Maximum"),
}
_QUEUE: Final = {
    "metric_approximate_number_of_messages_visible": "ApproximateNumberOfMessagesVisible",
    "metric_approximate_age_of_oldest_message": "ApproximateAgeOfOldestMessage",
    "metric_approximate_number_of_messages_not_visible": "ApproximateNumberOfMessagesNotVisible",
}
_ALARM: Final[Table] = {
    "alarm_name": (("AlarmName",), words.plain),
    "alarm_description": (("AlarmDescription",), words.plain),
    "threshold": (("Threshold",), words.plain),
    "evaluation_periods": (("EvaluationPeriods",), words.plain),
    "datapoints_to_alarm": (("DatapointsToAlarm",), words.plain),
    "treat_missing_data": (("TreatMissingData",), words.low_camel),
    "actions_enabled": (("ActionsEnabled",), words.plain),
    "comparison_operator": (("ComparisonOperator",), words.camel),
}
_ACTIONS: Final = {
    "add_alarm_action": "AlarmActions",
    "add_ok_action": "OKActions",
    "add_insufficient_data_action": "InsufficientDataActions",
}


def metric(call: Call) -> Made:
    """A ``Metric`` by its names."""
    made = call.made("metric")
    made.kept = {"namespace": call.value("namespace"), "name": call.value("metric_name")}
    made.kept |= {"dimensions": call.value("dimensions_map") or call.value("dimensions") or {}}
    return _read(made, call, statistic=_AVERAGE)


def of_owner(call: Call) -> Made:
    """``fn.metric("Errors")``, and ``fn.metric_errors()`` with a statistic of its own."""
    name, statistic = _OWN.get(call.name) or _OF_ALL.get(call.name) or (call.value("metric_name", 0), _AVERAGE)
    return of_function(call, name, statistic=statistic)


def of_all(call: Call) -> Made:
    """``Function.metric_all_errors()``."""
    name, statistic = _OF_ALL.get(call.name.rpartition(".")[2]) or (call.value("metric_name", 0), _AVERAGE)
    made = _metric_made(call)
    made.kept = {"namespace": _LAMBDA, "name": name, "dimensions": {}}
    return _read(made, call, statistic=statistic)


def of_queue(call: Call) -> Made:
    """``queue.metric_approximate_number_of_messages_visible()`` and the like."""
    made = _metric_made(call)
    name = _QUEUE.get(call.name) or call.value("metric_name", 0)
    made.kept = {"namespace": "AWS/SQS", "name": name, "dimensions": {"QueueName": call.owner}}
    return _read(made, call, statistic="Maximum" if call.name in _QUEUE else _AVERAGE)


def with_(call: Call) -> Made:
    """``metric.with_(statistic="Maximum")``: another metric."""
    made = Made(type=call.owner.type, kind=call.owner.kind, place=call.owner.place, kept=dict(call.owner.kept))
    return _read(made, call, statistic=None)


def expression(call: Call) -> Made:
    """A ``MathExpression``."""
    made = call.made("math")
    made.kept = {
        "expression": call.given("expression"),
        "metrics": call.value("using_metrics") or {},
        "period": call.given("period") or call.at(_PERIOD_DEFAULT),
    }
    return made


def alarm(call: Call) -> Made:
    """An ``Alarm``, also by ``metric.create_alarm``."""
    draft = call.draft("AWS::CloudWatch::Alarm")
    made = call.made("alarm", draft)
    call.fill(draft, _ALARM)
    if "comparison_operator" not in call.keywords:
        draft.set(("ComparisonOperator",), "GreaterThanOrEqualToThreshold", place=call.place)
    watched = call.given("metric") or call.at(call.owner)
    value = watched.value
    if isinstance(value, Made) and value.kind == "metric":
        _write_metric(draft, (), made=value, at=watched)
    elif isinstance(value, Made) and value.kind == "math":
        _write_expression(draft, value, at=watched)
    else:
        draft.recorder.note(draft.id, "its metric is not followed", place=watched.place)
    if isinstance(value, Made) and "period" in call.keywords and value.kind == "metric":
        draft.set(("Period",), words.seconds(call.value("period")), place=call.keywords["period"].place)
    return made


def act(call: Call) -> None:
    """``alarm.add_alarm_action`` and the like."""
    draft, name = call.owner.draft, _ACTIONS[call.name]
    for given in (*call.positional, *call.keywords.values()):
        value = given.value
        target = value.value("topic", 0) if isinstance(value, Made) and value.draft is None else value
        action = target if target is not None else Symbolic("${action}")
        call.machine.change(draft, (name, len(draft.properties.get(name, []))), to=Given(action, given.place))


def composite(call: Call) -> Made:
    """A ``CompositeAlarm``."""
    draft = call.draft("AWS::CloudWatch::CompositeAlarm")
    rule = call.given("alarm_rule")
    call.fill(draft, {"composite_alarm_name": (("AlarmName",), words.plain)})
    if rule is not None:
        text, refers_to = _rule(rule.value)
        draft.set(("AlarmRule",), Symbolic(text, tuple(refers_to)), place=rule.place)
    return call.made("alarm", draft)


def _rule(value: Any) -> tuple[str, list[str]]:
    """The text of a rule over alarms."""
    if not isinstance(value, Made):
        return "${?}", []
    if value.draft is not None:
        return f"ALARM(${{{value.id}.Arn}})", [value.id]
    name = value.type.rpartition(".")[2]
    parts = [_rule(given.value) for given in value.positional if not isinstance(given.value, Outside)]
    parts += [_rule(given.value) for name, given in value.given.items() if name in ("alarm", "operand")]
    joined = {"all_of": " AND "}.get(name, " OR ").join(text for text, _ in parts)
    text = f"NOT ({joined})" if name == "not_" else f"({joined})" if len(parts) > 1 else joined
    return text, [id_ for _, ids in parts for id_ in ids]


def dashboard(call: Call) -> Made:
    """A ``Dashboard``, with the metrics of its widgets."""
    draft = call.draft("AWS::CloudWatch::Dashboard")
    call.fill(draft, {"dashboard_name": (("DashboardName",), words.plain)})
    made = call.made("dashboard", draft)
    made.kept["rows"] = []
    _show(call, made, widgets=call.value("widgets"))
    return made


def add_widgets(call: Call) -> None:
    """``dashboard.add_widgets``."""
    call.machine.doubt_if_uncertain(call.owner.id, call.place)
    _show(call, call.owner, widgets=call.values)


def _show(call: Call, made: Made, *, widgets: Any) -> None:
    rows = made.kept["rows"]
    for each in _metrics_in(widgets):
        named = each.kept.get("dimensions")
        pairs = named.items() if isinstance(named, dict) else ()
        words_of = [each.kept.get("namespace"), each.kept.get("name")]
        words_of += [part for pair in pairs for part in pair]
        rows.append([_text(part) for part in words_of])
    body = {"widgets": [{"type": "metric", "properties": {"metrics": [row]}} for row in rows]}
    draft = made.draft
    draft.properties.pop("DashboardBody", None)
    draft.set(("DashboardBody",), Symbolic(json.dumps(body)), place=call.place)


def _text(value: Any) -> str:
    if isinstance(value, Made):
        return value.ref().text if value.draft is not None else "${?}"
    return str(value) if isinstance(value, str | Symbolic) else "${?}"


def _metrics_in(value: Any) -> Iterator[Made]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _metrics_in(each)
    elif isinstance(value, Made) and value.kind == "metric":
        yield value
    elif isinstance(value, Made) and value.kind == "math":
        metrics = value.kept["metrics"]
        yield from _metrics_in(list(metrics.values()) if isinstance(metrics, dict) else [])
    elif isinstance(value, Made) and value.draft is None:
        yield from _metrics_in([given.value for given in (*value.positional, *value.given.values())])


def of_function(call: Call, name: Any, *, statistic: str = _AVERAGE) -> Made:
    """A metric of the function, alias or version that a method is called of."""
    made, owner = _metric_made(call), call.owner
    made.kept = {"namespace": _LAMBDA, "name": name, "dimensions": _dimensions(owner)}
    return _read(made, call, statistic=statistic)


def _metric_made(call: Call) -> Made:
    made = call.made("metric")
    made.type = f"{_WATCH}Metric"
    return made


def _dimensions(owner: Any) -> dict[str, Any]:
    if isinstance(owner, OwnObject):
        owner = owner.made
    if owner.kind == "function":
        return {"FunctionName": owner.ref() if owner.draft is not None else _name_elsewhere(owner)}
    of = owner.kept.get("function")
    if not isinstance(of, Made) or of.draft is None:
        return {"FunctionName": Symbolic("${function}"), "Resource": Symbolic("${function}:${alias}")}
    qualifier = owner.value("alias_name", 0) if owner.kind == "alias" else owner.ref("Version")
    return {
        "FunctionName": of.ref(),
        "Resource": Symbolic(f"${{{of.id}}}:{qualifier}", (of.id,)),
    }


def _name_elsewhere(owner: Made) -> Any:
    name = owner.value("function_name", 2)
    return name if isinstance(name, str) else Symbolic("${function}")


def _read(made: Made, call: Call, *, statistic: str | None) -> Made:
    """How the metric is read: what the call says, else the default; ``None`` keeps what it was."""
    for name, default in (("statistic", statistic), ("period", _PERIOD_DEFAULT)):
        given = call.given(name)
        if given is not None:
            made.kept[name] = given
        elif name not in made.kept:
            made.kept[name] = call.at(default)
    if "dimensions_map" in call.keywords and made.kind == "metric":
        made.kept["dimensions"] = call.value("dimensions_map")
    return made


def _write_metric(draft: Draft, path: tuple[Step, ...], *, made: Made, at: Given) -> None:
    """A metric as the properties of an alarm, or of a part of its Metrics."""
    inner = (*path, "Metric") if path else ()
    for name, key in (("Namespace", "namespace"), ("MetricName", "name")):
        draft.set((*inner, name), made.kept[key], place=made.place)
    write_dimensions(draft, (*inner, "Dimensions"), made=made)
    statistic, period = made.kept["statistic"], made.kept["period"]
    stat = words.statistic(statistic.value)
    simple = not isinstance(stat, str) or stat in ("Average", "Maximum", "Minimum", "Sum", "SampleCount")
    name = "Stat" if path else "Statistic" if simple else "ExtendedStatistic"
    draft.set((*path, name), stat, place=statistic.place)
    draft.set((*path, "Period"), words.seconds(period.value), place=period.place)


def write_dimensions(draft: Draft, path: tuple[Step, ...], *, made: Made) -> None:
    """The dimensions of a metric, as CloudFormation lists them."""
    dimensions = made.kept["dimensions"]
    if not isinstance(dimensions, dict):
        draft.set(path, dimensions, place=made.place)
        return
    for index, (name, value) in enumerate(dimensions.items()):
        draft.set((*path, index, "Name"), name, place=made.place)
        draft.set((*path, index, "Value"), value, place=made.place)


def _write_expression(draft: Draft, made: Made, *, at: Given) -> None:
    """Metric math: the expression first, then what it is over; its period is that of all."""
    metrics, period, text = made.kept["metrics"], made.kept["period"], made.kept["expression"]
    path: tuple[Step, ...] = ("Metrics", 0)
    draft.set((*path, "Id"), "expr_1", place=made.place)
    text = text or Given(Unknown("an expression"), at.place)
    draft.set((*path, "Expression"), text.value, place=text.place)
    if not isinstance(metrics, dict):
        draft.recorder.note(draft.id, "the metrics of its expression are not followed", place=made.place)
        return
    for id_, each in _flat(metrics):
        path = ("Metrics", len(draft.properties["Metrics"]))
        draft.set((*path, "Id"), id_, place=made.place)
        draft.set((*path, "ReturnData"), value=False, place=made.place)
        if each.kind == "math":
            inner = each.kept["expression"]
            draft.set((*path, "Expression"), inner.value if inner else None, place=each.place)
        else:
            each.kept["period"] = period
            _write_metric(draft, (*path, "MetricStat"), made=each, at=at)


def _flat(metrics: dict[Any, Any]) -> Iterator[tuple[Any, Made]]:
    """The metrics by their ids, those of expressions among them too."""
    for id_, each in metrics.items():
        if not isinstance(each, Made) or each.kind not in ("metric", "math"):
            continue
        yield id_, Made(type=each.type, kind=each.kind, place=each.place, kept=dict(each.kept))
        if each.kind == "math" and isinstance(each.kept["metrics"], dict):
            yield from _flat(each.kept["metrics"])


_INVOKED: Final = ("function", "alias", "version")
MAKERS: Final[dict[str, Maker]] = {
    f"{_WATCH}Metric": metric,
    f"{_WATCH}MathExpression": expression,
    f"{_WATCH}Alarm": alarm,
    f"{_WATCH}CompositeAlarm": composite,
    f"{_WATCH}Dashboard": dashboard,
    **{f"aws_cdk.aws_lambda.Function.{name}": of_all for name in (*_OF_ALL, "metric_all")},
}
METHODS: Final[dict[tuple[str, str], Maker]] = {
    **{(kind, name): of_owner for kind in _INVOKED for name in (*_OWN, "metric")},
    **{("function", name): of_all for name in (*_OF_ALL, "metric_all")},
    **{("queue", name): of_queue for name in (*_QUEUE, "metric")},
    **{("alarm", name): act for name in _ACTIONS},
    **{(kind, "create_alarm"): alarm for kind in ("metric", "math")},
    **{(kind, "with_"): with_ for kind in ("metric", "math")},
    ("dashboard", "add_widgets"): add_widgets,
}
