"""How long ``headstart audit`` takes on one core: 1,000 files of Python, a template, ``--help``.

The files are real: those of a folder, or of the packages installed here, taken at random but always the same. A handler
beside them calls a function of every fifth, so that rules which follow calls have something to follow. Each run is a
process of its own and keeps nothing for the next; headstart's own bytecode is there, as an installer leaves it. The
figures are CPU time, which is the time on a core that nobody else uses.
"""

import argparse
import ast
import os
import random
import resource
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rows import Row, arguments, finish

from headstart.model.own_code import own_modules

_FILES = 1_000
_BYTES = range(1_000, 40_000)
_COMMAND = Path(sysconfig.get_path("scripts")) / "headstart"
_FUNCTION = """
  Orders{n}:
    Type: AWS::Lambda::Function
    Properties: {{Handler: app.handler, Runtime: python3.13, Timeout: 30, Role: "arn:aws:iam::123456789012:role/r",
      Code: {{S3Bucket: b, S3Key: k}}, ReservedConcurrentExecutions: 20}}
  Version{n}:
    Type: AWS::Lambda::Version
    Properties: {{FunctionName: !Ref Orders{n}}}
  Live{n}:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: !Ref Orders{n}, FunctionVersion: !GetAtt "Version{n}.Version", Name: live,
      ProvisionedConcurrencyConfig: {{ProvisionedConcurrentExecutions: 5}}}}
  Slow{n}:
    Type: AWS::CloudWatch::Alarm
    Properties: {{Namespace: AWS/Lambda, MetricName: Duration, Threshold: 24, Period: 300, EvaluationPeriods: 3,
      Statistic: Average, ComparisonOperator: GreaterThanThreshold, Dimensions: [{{Name: FunctionName,
      Value: !Ref Orders{n}}}]}}
"""


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("sources", nargs="?", type=Path, default=Path(sysconfig.get_path("purelib")))
    parser.add_argument("--runs", type=int, default=3, help="runs of each command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "code"
        lines = _copy(options.sources, code)
        template = Path(folder) / "template.yaml"
        template.write_text("Resources:" + "".join(_FUNCTION.format(n=n) for n in range(25)))
        cases = [
            (f"audit of {_FILES} files, {lines} lines", ["audit", str(code), "--fail-on", "never"], "<= 5"),
            ("audit of a template of 100 resources", ["audit", str(template), "--fail-on", "never"], "<= 1"),
            ("audit --help", ["audit", "--help"], "<= 0.3"),
        ]
        rows = [_row(what, command, bar=bar, folder=folder, options=options) for what, command, bar in cases]
    finish(rows, options)


def _copy(sources: Path, folder: Path) -> int:
    """Copy the files and write the handler; how many lines that is."""
    names = [path.relative_to(sources).as_posix() for path in sources.rglob("*.py") if path.stat().st_size in _BYTES]
    # Nothing was "installed" in the copy: all of it is read as the package's own.
    found = sorted(own_modules(names, read=lambda _: b""))
    chosen = random.Random(1).sample(found, min(_FILES - 1, len(found)))
    if len(chosen) < _FILES - 1:
        raise SystemExit(f"{sources} has {len(chosen)} such files; needed: {_FILES - 1}")
    lines = 0
    for name in chosen:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources / name, folder / name)
        lines += (folder / name).read_bytes().count(b"\n")
    (folder / "app.py").write_text("\n".join(_handler(folder, chosen[::5])))
    return lines


def _handler(folder: Path, names: list[str]) -> Iterator[str]:
    calls = []
    for number, name in enumerate(names):
        functions = [node.name for node in ast.parse((folder / name).read_bytes()).body if hasattr(node, "name")]
        if functions:
            yield f"import {name.removesuffix('.py').removesuffix('/__init__').replace('/', '.')} as m{number}"
            calls.append(f"    m{number}.{functions[0]}(event)")
    yield from ["", "", "def handler(event, context):", *calls]


def _row(what: str, command: list[str], *, bar: str, folder: str, options: argparse.Namespace) -> Row:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
    wall_s, cpu_s = [], []
    one_core = {min(os.sched_getaffinity(0))}
    for number in range(options.runs + 1):
        before, begun = _cpu_s(), time.perf_counter()
        done = subprocess.run(
            [_COMMAND, *command],
            env=environment,
            capture_output=True,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, one_core),
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"headstart {' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        if number:  # the first writes headstart's bytecode
            wall_s.append(time.perf_counter() - begun)
            cpu_s.append(_cpu_s() - before)
    detail = f"min {min(cpu_s):.2f} s; with what else ran here median {median(wall_s):.2f} s, n = {options.runs}"
    return Row(what, median(cpu_s), "s", bar, detail)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
