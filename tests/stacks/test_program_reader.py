"""What is read of a CDK program without running it is what ``cdk synth`` makes of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headstart.audit.declared import is_added_by_cdk
from headstart.cdk import cdk
from headstart.infra.program import reader as program_reader
from headstart.infra.template import reader as template_reader
from headstart.model.infrastructure import Infrastructure, MetricQuery, Resource

PROGRAMS = Path(__file__).parents[1] / "rules/programs"
OF_ALL_KINDS = Path(__file__).parent / "programs"
# CDK ends logical ids with a hash of the path, and those of versions with one of the function too.
HASH = re.compile(r"[0-9A-F]{8}(?:[0-9a-f]{32})?(?=$|[.}])")


def synthesized(file: Path, stack: str, folder: Path) -> Infrastructure:
    source = file.read_text().replace('"functions/', f'"{PROGRAMS.as_posix()}/functions/')
    names: dict[str, Any] = {"__file__": str(file), "__name__": file.stem}
    exec(compile(source, str(file), "exec"), names)
    app = cdk.App(outdir=str(folder / "cdk.out"))
    names[stack](app, "It")
    assembly = app.synth()
    return template_reader.read(Path(assembly.get_stack_by_name("It").template_full_path))


def plain(text: Any) -> str:
    return HASH.sub("", str(text))


def facts(infrastructure: Infrastructure) -> dict[str, set[Any]]:
    """All that rules look at, by names that a program and its template share."""
    own = [each for each in infrastructure.functions if not is_added_by_cdk(each)]
    return {
        "functions": set(map(function_facts, own)),
        "versions": {(plain(each.function), each.resource.deletion_policy) for each in infrastructure.versions},
        "aliases": {
            (plain(each.resource.id), plain(each.function), each.name, plain(each.version), each.provisioned)
            for each in infrastructure.aliases
        },
        "targets": {
            (plain(each.function), each.qualifier, each.min_capacity, each.max_capacity, each.is_after_alias)
            for each in infrastructure.scalable_targets
        },
        "schedules": {
            (action.name, action.min_capacity, action.max_capacity)
            for each in infrastructure.scalable_targets
            for action in each.schedules
        },
        "policies": {
            (each.policy_type, each.predefined_metric, each.target_value, each.adjustment_type, len(each.steps))
            for each in infrastructure.scaling_policies
        },
        "alarms": {alarm_facts(each) for each in infrastructure.alarms},
        "sources": {
            (plain(each.function), each.kind, each.qualifier, each.batch_size, each.maximum_concurrency)
            for each in infrastructure.event_sources
            if each.function in {function.id for function in own}
        },
        "groups": {each.get("RetentionInDays") for each in infrastructure.of_type("AWS::Logs::LogGroup")},
        "queues": {queue_facts(each) for each in infrastructure.of_type("AWS::SQS::Queue")},
        "failures": {
            each.get("MaximumRetryAttempts") for each in infrastructure.of_type("AWS::Lambda::EventInvokeConfig")
        },
        "deployments": {deployment_facts(each) for each in infrastructure.of_type("AWS::CodeDeploy::DeploymentGroup")},
        "topics": {plain(each.id) for each in infrastructure.of_type("AWS::SNS::Topic")},
        "topic policies": {len(infrastructure.of_type("AWS::SNS::TopicPolicy"))},
    }


def function_facts(function: Any) -> tuple[Any, ...]:
    properties = function.resource
    return (
        plain(function.id),
        function.runtime,
        function.handler,
        function.memory_mb,
        function.timeout_s,
        function.architecture,
        function.reserved,
        tuple(sorted(function.environment)),
        properties.get("TracingConfig", "Mode"),
        properties.get("LoggingConfig", "LogFormat"),
        properties.get("LoggingConfig", "ApplicationLogLevel"),
        properties.get("LoggingConfig", "LogGroup") is not None,
        properties.get("DeadLetterConfig", "TargetArn") is not None,
        properties.get("SnapStart", "ApplyOn"),
        properties.get("EphemeralStorage", "Size"),
    )


def alarm_facts(alarm: Any) -> tuple[Any, ...]:
    return (
        alarm.threshold,
        alarm.comparison,
        alarm.evaluation_periods,
        alarm.datapoints_to_alarm,
        alarm.missing_data,
        alarm.name,
        (len(alarm.actions), len(alarm.ok_actions)),
        (plain(alarm.function), alarm.alias, plain(alarm.executed_version)),
        tuple(sorted(map(query_facts, alarm.queries))),
    )


def query_facts(query: MetricQuery) -> tuple[Any, ...]:
    id_ = "" if query.expression else query.id
    dimensions = tuple(sorted((name, plain(value)) for name, value in query.dimensions.items()))
    return (id_, query.namespace, query.name, dimensions, query.statistic or "", query.period_s or 0, query.expression)


def queue_facts(queue: Resource) -> tuple[Any, ...]:
    return queue.get("VisibilityTimeout"), queue.get("RedrivePolicy", "maxReceiveCount")


def deployment_facts(group: Resource) -> tuple[Any, ...]:
    return plain(group.get("DeploymentConfigName")).partition("Lambda")[2] or "custom", len(
        group.get("AlarmConfiguration", "Alarms", default=())
    )


def programs() -> Iterator[Any]:
    for file in sorted((*PROGRAMS.glob("*_stack.py"), *OF_ALL_KINDS.glob("*_stack.py"))):
        [stack] = re.findall(r"^class (\w+)\((?:cdk\.)?Stack\)", file.read_text(), re.MULTILINE)
        if "headstart.cdk" not in file.read_text():
            yield pytest.param(file, stack, id=file.stem)


@pytest.mark.parametrize(("file", "stack"), [*programs()])
def test_a_program_is_read_as_what_it_synthesizes(file: Path, stack: str, tmp_path: Path):
    read = next(each for each in program_reader.read(file) if each.functions)
    assert read.not_understood == ()
    assert read.faults == ()
    expected = facts(synthesized(file, stack, tmp_path))
    found = facts(read)
    for what, values in expected.items():
        assert found[what] == values, what
