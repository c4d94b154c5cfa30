"""What reading a CDK program takes, without running it, as a process: the imports, and the reading itself.

The program is made here: stacks of functions in loops and methods with aliases, scaling and alarms. The first round
sees to bytecode and page cache, and is not counted. Beside it stands what Python alone takes to parse the file.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from rows import Row, arguments, finish

_READ = """
import sys, time
from pathlib import Path
from headstart.infra.program.reader import read
begun = time.process_time()
found = read(Path(sys.argv[1]))
print(time.process_time() - begun, sum(len(each.resources) for each in found))
"""
_PARSE = """
import ast, sys, time
from pathlib import Path
begun = time.process_time()
ast.parse(Path(sys.argv[1]).read_bytes())
print(time.process_time() - begun, 0)
"""
_TOP = """\
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as _lambda
from aws_cdk import aws_logs as logs
from constructs import Construct
"""
_STACK = """

class Shop{number}(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.functions = {{}}
        for name, memory_mb in {{"Orders": 1024, "Carts": 512, "Prices": 256, "Search": 2048}}.items():
            self.functions[name] = self._function(name, memory_mb=memory_mb)
        for name, function in self.functions.items():
            self._watch(name, function)

    def _function(self, name: str, *, memory_mb: int) -> _lambda.Function:
        return _lambda.Function(
            self,
            name,
            runtime=_lambda.Runtime.PYTHON_3_13,
            architecture=_lambda.Architecture.ARM_64,
            handler="app.handler",
            code=_lambda.Code.from_asset(f"functions/{{name.lower()}}"),
            memory_size=memory_mb,
            timeout=Duration.seconds(30),
            tracing=_lambda.Tracing.ACTIVE,
            log_group=logs.LogGroup(self, f"{{name}}Logs", retention=logs.RetentionDays.TWO_WEEKS),
            current_version_options=_lambda.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            environment={{"STAGE": "prod", "NAME": name}},
        )

    def _watch(self, name: str, function: _lambda.Function) -> None:
        live = _lambda.Alias(self, f"{{name}}Live", alias_name="live", version=function.current_version)
        live.add_auto_scaling(min_capacity=2, max_capacity=20).scale_on_utilization(utilization_target=0.7)
        cloudwatch.Alarm(
            self,
            f"{{name}}Slow",
            metric=live.metric_duration(statistic="p99", period=Duration.minutes(1)),
            threshold=function.timeout.to_milliseconds() * 0.8,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
"""
_STACKS = 25


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--rounds", type=int, default=15, help="processes for each side")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stacks.py"
        file.write_text(_TOP + "".join(_STACK.format(number=number) for number in range(_STACKS)))
        lines = file.read_text().count("\n")
        times: dict[str, list[float]] = {"read": [], "parsed by Python alone": []}
        resources = 0
        for number in range(options.rounds + 1):
            for side, program in zip(times, (_READ, _PARSE), strict=True):
                taken_s, made = _measured(program, file)
                resources = made or resources
                if number:
                    times[side].append(taken_s)
    read_s, parsed_s = (median(each) for each in times.values())
    detail = f"{lines:,} lines, {resources} resources, CPU p50, n = {options.rounds}"
    finish(
        [
            Row("a program of 1,000 lines is read", read_s * 1000 / lines, "s", "<= 0.3", detail),
            Row("read / parsed by Python alone", read_s / parsed_s, "", "", f"{parsed_s * 1000:.1f} ms to parse"),
        ],
        options,
    )


def _measured(program: str, file: Path) -> tuple[float, int]:
    command = [sys.executable, "-c", program, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ})
    taken_s, made = done.stdout.split()
    return float(taken_s), int(made)


if __name__ == "__main__":
    main()
