"""What a template declares: its resources, and what AWS Lambda, its scaling and CloudWatch make of them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from headstart.model.function import FunctionSpec


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something stands: ``line`` and ``column`` count from 1; 0 is not known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Symbolic(msgspec.Struct, frozen=True):
    """A value that only a deployment can know, as text with ``${…}`` for what is missing.

    ``refers_to`` are the logical ids in it: ``{"Fn::Sub": "${Orders}:7"}`` is ``Symbolic("${Orders}:7", ("Orders",))``.
    A resource whose Ref or GetAtt has a form that AWS documents keeps it, so that Split and Select work on it: the Ref
    of an alias is ``arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Orders}:live``.
    """

    text: str
    refers_to: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


Step = str | int


def _is_index(step: Step, value: Any) -> bool:
    return isinstance(value, list | tuple) and isinstance(step, int) and step < len(value)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource with its intrinsic functions resolved: a leaf is a JSON value or ``Symbolic``.

    ``id`` is its logical id; in a nested stack ``Nested.Id``. ``depends_on`` holds what DependsOn names, ``refers_to``
    every logical id that its properties reach by Ref, GetAtt or Sub. ``places`` has the place of a property by its
    path, e.g. ``("Environment", "Variables", "TABLE")``. ``construct_path`` is CDK's, or empty.
    """

    id: str
    type: str
    properties: Mapping[str, Any] = {}
    place: Place = Place("")
    places: Mapping[tuple[Step, ...], Place] = {}
    construct_path: str = ""
    depends_on: frozenset[str] = frozenset()
    refers_to: frozenset[str] = frozenset()
    deletion_policy: str | None = None
    update_replace_policy: str | None = None
    update_policy: Mapping[str, Any] = {}
    metadata: Mapping[str, Any] = {}

    def get(self, *path: Step, default: Any = None) -> Any:
        """The property at ``path``, or ``default`` where it, or anything before it, is missing."""
        value: Any = self.properties
        for step in path:
            is_there = step in value if isinstance(value, Mapping) else _is_index(step, value)
            if not is_there:
                return default
            value = value[step]
        return value

    def place_of(self, *path: Step) -> Place:
        """Where the property at ``path`` stands, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            if place := self.places.get(path[:length]):
                return place
        return self.place


class DeclaredFunction(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::Lambda::Function``. None: not said, or only known after deployment (then ``resource`` has it).

    ``code`` is its folder or zip on this machine; ``spec`` is there when the local engine can run it, and
    ``why_no_spec`` says why not. ``reserved`` is its reserved concurrency. ``layers`` found on this machine.
    """

    resource: Resource
    name: str
    runtime: str | None = None
    handler: str | None = None
    memory_mb: int | None = None
    timeout_s: int | None = None
    architecture: str | None = None
    ephemeral_storage_mb: int | None = None
    reserved: int | None = None
    environment: Mapping[str, Any] = {}
    layers: tuple[Path, ...] = ()
    code: Path | None = None
    is_image: bool = False
    has_snap_start: bool = False
    spec: FunctionSpec | None = None
    why_no_spec: str = ""

    @property
    def id(self) -> str:
        """Its logical id."""
        return self.resource.id


class DeclaredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::Lambda::Version``; ``function`` is a logical id, or the text that names one outside the template."""

    resource: Resource
    function: str
    provisioned: int | None = None


class DeclaredAlias(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::Lambda::Alias``. ``function`` as in a version; ``version`` is a logical id, ``$LATEST`` or a number.

    ``weights`` is RoutingConfig's AdditionalVersionWeights, by version.
    """

    resource: Resource
    function: str
    name: str
    version: str
    provisioned: int | None = None
    weights: Mapping[str, float] = {}


class ScheduledAction(msgspec.Struct, frozen=True, kw_only=True):
    """One of a scalable target's ScheduledActions."""

    name: str
    schedule: str
    time_zone: str | None = None
    min_capacity: int | None = None
    max_capacity: int | None = None


class ScalableTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::ApplicationAutoScaling::ScalableTarget`` for Lambda's provisioned concurrency.

    ``function`` as in a version; ``qualifier`` is the alias name or version. ``is_after_alias``: CloudFormation creates
    it after that alias (a reference or DependsOn); None when the alias is not in the template.
    """

    resource: Resource
    function: str
    qualifier: str
    min_capacity: int | None = None
    max_capacity: int | None = None
    schedules: tuple[ScheduledAction, ...] = ()
    is_after_alias: bool | None = None


class MetricQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One metric, or one expression over others by their ``id``. ``dimensions`` values may be ``Symbolic``."""

    id: str = ""
    namespace: str = ""
    name: str = ""
    dimensions: Mapping[str, Any] = {}
    statistic: str | None = None
    period_s: int | None = None
    expression: str = ""
    is_returned: bool = True


class ScalingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::ApplicationAutoScaling::ScalingPolicy`` of a scalable target in the template (``target``: logical id).

    ``predefined_metric`` or ``custom_metric`` of target tracking; ``target_value`` is 0.7 for 70 %. ``steps`` are the
    StepAdjustments as they stand.
    """

    resource: Resource
    target: str
    policy_type: str | None = None
    predefined_metric: str | None = None
    custom_metric: MetricQuery | None = None
    target_value: float | None = None
    steps: tuple[Mapping[str, Any], ...] = ()
    adjustment_type: str | None = None


class DeclaredAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::CloudWatch::Alarm``. ``queries`` has one metric, or metric math with exactly one ``is_returned``.

    ``function`` is the logical id (or text) of the function that its dimensions name, ``alias`` of Resource's
    qualifier, ``executed_version`` likewise; empty when there is none. Actions may be ``Symbolic``.
    """

    resource: Resource
    queries: tuple[MetricQuery, ...]
    threshold: float | None = None
    comparison: str | None = None
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None
    missing_data: str | None = None
    name: str | None = None
    actions: tuple[Any, ...] = ()
    ok_actions: tuple[Any, ...] = ()
    function: str = ""
    alias: str = ""
    executed_version: str = ""


class CompositeAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::CloudWatch::CompositeAlarm``; ``children`` are the logical ids in its rule."""

    resource: Resource
    rule: str
    children: tuple[str, ...] = ()
    actions: tuple[Any, ...] = ()


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """An ``AWS::CloudWatch::Dashboard``; ``widgets`` as in its body, None when that is not JSON before deployment."""

    resource: Resource
    widgets: tuple[Mapping[str, Any], ...] | None = None


class EventSource(msgspec.Struct, frozen=True, kw_only=True):
    """What invokes a function. ``kind``: ``sqs kinesis dynamodb kafka mq documentdb`` (event source mappings),
    ``rest-api http-api alb url sns s3 events schedule cognito iot logs`` and ``other``.

    ``function`` as in a version; ``qualifier`` where an alias or version is invoked. ``source`` is a logical id or the
    text that names it. ``has_provisioned_pollers``: ProvisionedPollerConfig is set.
    """

    resource: Resource
    function: str
    kind: str
    qualifier: str = ""
    source: str = ""
    batch_size: int | None = None
    maximum_concurrency: int | None = None
    has_provisioned_pollers: bool = False


class NotUnderstood(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader could not make sense of, and where: it is listed, never skipped in silence."""

    id: str
    what: str
    place: Place = Place("")


class FaultKind(StrEnum):
    """How a CDK program stops."""

    NO_ATTRIBUTE = "no attribute"
    NO_KEYWORD = "no keyword"
    NOT_SET = "not set"


class ProgramFault(msgspec.Struct, frozen=True, kw_only=True):
    """Where a CDK program stops with an error: ``owner`` (``aws_lambda.Function``) has no attribute or takes no keyword
    ``name``, or the property ``name`` of the construct ``owner`` (its logical id) is None, as it was not set.

    ``nearest`` is what was meant, where that is clear; ``version`` the release of aws-cdk-lib that this is of.
    """

    kind: FaultKind
    owner: str
    name: str
    nearest: str = ""
    version: str = ""
    place: Place = Place("")


class Infrastructure(msgspec.Struct, frozen=True, kw_only=True):
    """All that one template declares, nested stacks included, in the order of the template.

    ``is_program``: read from a CDK program's source rather than from a template, so that what is missing may be said
    in a way the reader does not follow: rules must not conclude anything from the absence of a property that was
    given as something not understood. ``faults`` are where such a program stops.
    """

    file: str
    resources: Mapping[str, Resource] = {}
    functions: tuple[DeclaredFunction, ...] = ()
    versions: tuple[DeclaredVersion, ...] = ()
    aliases: tuple[DeclaredAlias, ...] = ()
    scalable_targets: tuple[ScalableTarget, ...] = ()
    scaling_policies: tuple[ScalingPolicy, ...] = ()
    alarms: tuple[DeclaredAlarm, ...] = ()
    composite_alarms: tuple[CompositeAlarm, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    is_program: bool = False
    faults: tuple[ProgramFault, ...] = ()

    def function(self, logical_id: str) -> DeclaredFunction | None:
        """The function with this logical id."""
        return next((function for function in self.functions if function.id == logical_id), None)

    def of_type(self, resource_type: str) -> tuple[Resource, ...]:
        """The resources of one CloudFormation type, e.g. ``AWS::SQS::Queue``."""
        return tuple(resource for resource in self.resources.values() if resource.type == resource_type)
