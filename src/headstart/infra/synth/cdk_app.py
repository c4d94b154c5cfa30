"""Writes a plan as a CDK app of Headstart's constructs."""

import json
from collections.abc import Iterator
from typing import Final

from headstart.infra.infrastructure_table import VpcTable
from headstart.infra.synth.plan import Package, StackPlan
from headstart.infra.synth.python_text import Call, Code, call, of_struct, statement
from headstart.model import limits
from headstart.model.bundle import BundleSettings
from headstart.model.provisioned_settings import ProvisionedSettings
from headstart.model.traffic_shift import Shift

FILE: Final = "app.py"
_STACK, _TOPIC, _FUNCTION, _ALARMS = Code("stack"), Code("topic"), Code("function"), Code("alarms")


def render(plan: StackPlan) -> str:
    """The text of app.py."""
    statements = list(_statements(plan))
    body = "\n".join(statements)
    names = sorted({name for name in _NAMES if f"{name}(" in body or f"{name}." in body}, key=_sorted_as_ruff)
    imports = _imports(names)
    return f"{_docstring(plan)}\n\n{imports}\nHERE = Path(__file__).resolve().parent\n\n{body}\n\napp.synth()\n"


_NAMES: Final = (
    "AlarmSettings",
    "AlarmTopic",
    "Architecture",
    "BundleSettings",
    "CapacitySchedule",
    "DeploymentSettings",
    "Evaluation",
    "FailedEvents",
    "FunctionAlarms",
    "FunctionDashboard",
    "FunctionSettings",
    "GradualDeployment",
    "Network",
    "ProvisionedConcurrency",
    "ProvisionedSettings",
    "ReservedConcurrency",
    "Shift",
    "TunedFunction",
    "UtilizationTracking",
    "cdk",
    "packaged",
)


def _sorted_as_ruff(name: str) -> tuple[bool, str]:
    return name[0].islower(), name


def _docstring(plan: StackPlan) -> str:
    written = f"written by headstart synth {plan.version}; it is yours from here on"
    return f'"""The infrastructure of {plan.spec.name}, {written}.\n\nREADME.md says how it is deployed.\n"""'


def _imports(names: list[str]) -> str:
    listed = "".join(f"    {name},\n" for name in names)
    return f"from pathlib import Path\n\nfrom headstart.cdk import (\n{listed})\n"


def _statements(plan: StackPlan) -> Iterator[str]:
    table, spec = plan.table, plan.spec
    yield statement("app", call("cdk.App", outdir=Code('str(HERE / "cdk.out")')))
    region = call("cdk.Environment", region=spec.region)
    yield statement("stack", call("cdk.Stack", Code("app"), plan.id, env=region))
    made = call("AlarmTopic", _STACK, f"{plan.id}Topic", emails=list(table.emails) or None)
    yield statement("topic", made) + ".topic"
    yield from _layers(plan)
    if table.vpc is not None:
        yield statement("network", _network(table.vpc, region=spec.region))
    yield ""
    yield statement("function", call("TunedFunction", _STACK, plan.id, settings=_packaged(plan)))
    if table.reserved is not None:
        yield statement("", _reserved(plan))
    if table.provisioned is not None:
        yield statement("", _provisioned(plan, table.provisioned))
    yield ""
    yield statement("alarms", _alarms(plan))
    if table.dashboard:
        yield statement(
            "", call("FunctionDashboard", _STACK, f"{plan.id}Dashboard", function=_FUNCTION, alarms=_ALARMS)
        )
    if table.shift is not None:
        yield statement("", _deployment(plan, table.shift))
    yield statement("", call("cdk.CfnOutput", _STACK, "Alias", value=Code("function.alias.function_arn")))


def _packaged(plan: StackPlan) -> Call:
    package, settings = plan.package, _function_settings(plan)
    if not package.is_built or package.bundle is None:
        return settings
    has_own = package.requirements in (None, f"{package.code}/requirements.txt")
    return call(
        "packaged",
        settings,
        requirements=None if has_own else _here(str(package.requirements)),
        bundle=None if package.bundle == BundleSettings() else package.bundle,
        leave_out=package.left_out or None,
    )


def _code(package: Package) -> Code | Call:
    if not package.is_built or package.bundle is not None:
        return _here(package.code)
    left_out = [*package.left_out, "__pycache__", "*.pyc"]
    folder = Code(f"str({_here(package.code).text})")
    return call("cdk.aws_lambda.Code.from_asset", folder, exclude=left_out, ignore_mode=Code("cdk.IgnoreMode.GIT"))


def _function_settings(plan: StackPlan) -> Call:
    spec, table = plan.spec, plan.table
    storage_mb, level = spec.ephemeral_storage_mb, spec.application_log_level
    return call(
        "FunctionSettings",
        comments=plan.comments,
        code=_code(plan.package),
        handler=spec.handler,
        runtime=spec.runtime,
        memory_mb=spec.memory.mb,
        timeout_s=spec.timeout_s,
        architecture=Code(f"Architecture.{spec.architecture.name}"),
        environment=dict(spec.environment) or None,
        ephemeral_storage_mb=None if storage_mb == limits.EPHEMERAL_STORAGE_MB_MIN else storage_mb,
        log_retention_days=table.log_retention_days,
        log_level=None if level in (None, "INFO") else level,
        is_traced=None if table.tracing else False,
        alias_name=table.alias,
        layers=tuple(Code(f"layer_{number}") for number, _ in enumerate(plan.package.layers, start=1)) or None,
        network=None if table.vpc is None else Code("network"),
        failed_events=call("FailedEvents") if table.failed_events else None,
    )


def _network(vpc: VpcTable, *, region: str) -> Call:
    # the CDK wants a zone, and uses none: the subnets are named
    made = call("cdk.aws_ec2.Vpc.from_vpc_attributes", _STACK, "Vpc", vpc_id=vpc.id, availability_zones=[f"{region}a"])
    subnets = [
        call("cdk.aws_ec2.Subnet.from_subnet_id", _STACK, f"Subnet{number}", each)
        for number, each in enumerate(vpc.subnet_ids, start=1)
    ]
    groups = tuple(
        call("cdk.aws_ec2.SecurityGroup.from_security_group_id", _STACK, f"SecurityGroup{number}", each)
        for number, each in enumerate(vpc.security_group_ids, start=1)
    )
    return call(
        "Network", vpc=made, subnets=call("cdk.aws_ec2.SubnetSelection", subnets=subnets), security_groups=groups
    )


def _here(path: str) -> Code:
    return Code(f"HERE / {json.dumps(path, ensure_ascii=False)}")


def _layers(plan: StackPlan) -> Iterator[str]:
    for number, path in enumerate(plan.package.layers, start=1):
        code = call("cdk.aws_lambda.Code.from_asset", Code(f"str({_here(path).text})"))
        yield statement(
            f"layer_{number}", call("cdk.aws_lambda.LayerVersion", _STACK, f"{plan.id}Layer{number}", code=code)
        )


def _reserved(plan: StackPlan) -> Call:
    is_default = plan.account_concurrency == limits.ACCOUNT_CONCURRENCY_DEFAULT
    return call(
        "ReservedConcurrency",
        _STACK,
        f"{plan.id}Reserved",
        function=Code("function.function"),
        executions=plan.table.reserved,
        account_concurrency=None if is_default else plan.account_concurrency,
    )


def _provisioned(plan: StackPlan, settings: ProvisionedSettings) -> Call:
    name = f"{plan.id}Provisioned"
    return call("ProvisionedConcurrency", _STACK, name, alias=Code("function.alias"), settings=settings)


def _alarms(plan: StackPlan) -> Call:
    settings = plan.table.alarms
    said = of_struct(settings, {"duration_percent": plan.comments["duration_percent"]})
    return call(
        "FunctionAlarms",
        _STACK,
        f"{plan.id}Alarms",
        function=_FUNCTION,
        topic=_TOPIC,
        settings=said,
    )


def _deployment(plan: StackPlan, shift: Shift) -> Call:
    watches = any(alarm.name == "Duration" for alarm in plan.alarms)
    settings = call(
        "DeploymentSettings",
        shift=shift,
        alarms=(Code('alarms.alarms["Duration"]'),) if watches else None,
    )
    return call("GradualDeployment", _STACK, f"{plan.id}Deployment", alias=Code("function.alias"), settings=settings)
