"""What reading a template takes, as a process: Python's start, the imports, and the reading itself.

Both templates are made here, with no CDK: a large one of CDK's shape (JSON, also written as YAML), and a SAM template.
The sides take turns; the first round sees to bytecode and page cache, and is not counted. What counts is CPU time, of
which a process of one thread takes on an idle machine as much as passes; the time that passed is in the detail. Beside
SAM stands AWS's translator alone: no reader of SAM templates that uses it can be faster.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from rows import Row, arguments, finish
from ruamel.yaml import YAML

_READ = """
import sys
from pathlib import Path
from headstart.infra.template.reader import read
print(len(read(Path(sys.argv[1])).resources))
"""
_TRANSLATE = """
import json, sys
from types import SimpleNamespace
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
template = json.load(open(sys.argv[1]))
translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name="us-east-1"))
print(len(translator.translate(template, {}, get_managed_policy_map=dict)["Resources"]))
"""
_CDK_FUNCTIONS, _SAM_FUNCTIONS = 40, 100


class Times(NamedTuple):
    """Of one process."""

    cpu_s: float
    passed_s: float


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="processes for each side")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sides = _sides(Path(folder))
        times, resources = _measured(sides, rounds=options.rounds, folder=Path(folder))
        lines = {side: file.read_text().count("\n") for side, (_, file) in sides.items()}
    p50 = {side: median(each.cpu_s for each in times[side]) for side in sides}
    rows = [
        Row(side, p50[side], "s", "" if "alone" in side else "<= 1", _detail(lines[side], resources[side], times[side]))
        for side in sides
    ]
    ours, alone = p50["SAM, YAML"], p50["SAM, the translator alone"]
    rows.append(
        Row("SAM / the translator alone", ours / alone, "", "", f"p50 {ours * 1000:.0f} / {alone * 1000:.0f} ms")
    )
    finish(rows, options)


def _sides(folder: Path) -> dict[str, tuple[str, Path]]:
    cdk, sam = _cdk(_CDK_FUNCTIONS), _sam(_SAM_FUNCTIONS)
    files = {name: folder / name for name in ("cdk.template.json", "cdk.yaml", "sam.yaml", "sam.json")}
    files["cdk.template.json"].write_text(json.dumps(cdk, indent=1))
    files["sam.json"].write_text(json.dumps(sam, indent=1).replace('"CodeUri": "."', '"CodeUri": "s3://bucket/key"'))
    for name, template in {"cdk.yaml": cdk, "sam.yaml": sam}.items():
        YAML().dump(template, files[name])
    return {
        "CDK, JSON": (_READ, files["cdk.template.json"]),
        "CDK, as YAML": (_READ, files["cdk.yaml"]),
        "SAM, YAML": (_READ, files["sam.yaml"]),
        "SAM, the translator alone": (_TRANSLATE, files["sam.json"]),
    }


def _measured(
    sides: dict[str, tuple[str, Path]], *, rounds: int, folder: Path
) -> tuple[dict[str, list[Times]], dict[str, int]]:
    """The times of each process after the first round, and how many resources it found."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times: dict[str, list[Times]] = defaultdict(list)
    resources = {}
    for number in range(rounds + 1):
        for side, (program, file) in sides.items():
            begun, before_s = perf_counter(), _cpu_s()
            command = [sys.executable, "-c", program, str(file)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
            resources[side] = int(done.stdout)
            if number:
                times[side].append(Times(_cpu_s() - before_s, perf_counter() - begun))
    return times, resources


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _detail(lines: int, resources: int, times: list[Times]) -> str:
    passed_s = median(each.passed_s for each in times)
    return f"{lines:,} lines, {resources} resources, passed p50 {passed_s:.2f} s, n = {len(times)}"


def _cdk(functions: int) -> dict[str, Any]:
    """Functions with role, queue, version, alias, scaling and alarm, as ``cdk synth`` writes them."""
    resources: dict[str, Any] = {}
    for number in range(functions):
        function, role, live = f"Orders{number}A9B65338", f"Orders{number}ServiceRoleF2087E22", f"Live{number}848578DF"
        resources[role] = _of(
            "IAM::Role",
            AssumeRolePolicyDocument=_POLICY,
            ManagedPolicyArns=[_joined("arn:", {"Ref": "AWS::Partition"}, _BASIC)],
        )
        resources[f"Queue{number}"] = _of("SQS::Queue", VisibilityTimeout=180)
        resources[function] = _of(
            "Lambda::Function",
            Code={"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "0f.zip"},
            Handler="app.handler",
            Runtime="python3.13",
            MemorySize=512,
            Timeout=30,
            Role={"Fn::GetAtt": [role, "Arn"]},
            Environment={"Variables": {"QUEUE": {"Ref": f"Queue{number}"}, "STAGE": "prod"}},
        ) | {"DependsOn": [role]}
        resources[f"Version{number}"] = _of("Lambda::Version", FunctionName={"Ref": function})
        resources[live] = _of(
            "Lambda::Alias",
            FunctionName={"Ref": function},
            FunctionVersion={"Fn::GetAtt": [f"Version{number}", "Version"]},
            Name="live",
        )
        name = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": live}]}]}
        resources[f"Target{number}"] = _of(
            "ApplicationAutoScaling::ScalableTarget",
            MinCapacity=1,
            MaxCapacity=9,
            ResourceId=_joined("function:", name, ":live"),
            ScalableDimension="lambda:function:ProvisionedConcurrency",
            ServiceNamespace="lambda",
        )
        resources[f"Errors{number}"] = _of(
            "CloudWatch::Alarm",
            Dimensions=[{"Name": "FunctionName", "Value": {"Ref": function}}],
            MetricName="Errors",
            Namespace="AWS/Lambda",
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            EvaluationPeriods=3,
            Period=60,
            Statistic="Sum",
            Threshold=1,
        )
    return {"Resources": resources}


def _sam(functions: int) -> dict[str, Any]:
    resources: dict[str, Any] = {"Queue": _of("SQS::Queue", VisibilityTimeout=180)}
    for number in range(functions):
        resources[f"Orders{number}"] = _of(
            "Serverless::Function",
            Handler="app.handler",
            CodeUri=".",
            AutoPublishAlias="live",
            Environment={"Variables": {"QUEUE": {"Ref": "Queue"}}},
            Events={"Rows": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}, "BatchSize": 5}}},
        )
    defaults = {"Function": {"Runtime": "python3.13", "MemorySize": 512, "Timeout": 30}}
    return {"Transform": "AWS::Serverless-2016-10-31", "Globals": defaults, "Resources": resources}


_BASIC = ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_POLICY = {
    "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}],
    "Version": "2012-10-17",
}


def _of(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _joined(*parts: Any) -> dict[str, Any]:
    return {"Fn::Join": ["", list(parts)]}


if __name__ == "__main__":
    main()
