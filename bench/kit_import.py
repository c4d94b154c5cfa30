"""What loading the kit adds to a cold start, beside AWS's runtime client, against Powertools for the same duties.

Each load is a fresh process that has imported awslambdaric.bootstrap already; the sides take turns. Both have their
bytecode and a warm page cache: the first round sees to it, and is not counted. Powertools loads boto3 with its
parameters, the kit when the first client is made; the last row, which has no bar, has it on both sides.
"""

import json
import subprocess
import sys
import sysconfig
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

import powertools
from rows import Row, arguments, finish

KIT = Path(__file__).parents[1] / "kit/src"
_BOTO3 = "+ boto3 on both sides"
PROBE = """
import sys
sys.path[:0] = {path!r}
import awslambdaric.bootstrap, json, time
loaded = set(sys.modules)
begun = time.perf_counter()
{statements}
took_ms = (time.perf_counter() - begun) * 1000
print(json.dumps([took_ms, sorted(set(sys.modules) - loaded)]))
"""
# What a function has at its top, each duty after those before it: with the kit, and with Powertools.
DUTIES = {
    "handler, log": (
        "from headstart_kit.handlers import handler; from headstart_kit.json_log import log",
        "from aws_lambda_powertools import Logger; logger = Logger(service='orders')",
    ),
    "+ metrics": (
        "from headstart_kit.embedded_metrics import metrics",
        "from aws_lambda_powertools import Metrics; metrics = Metrics(namespace='Shop', service='orders')",
    ),
    "+ batch": (
        "from headstart_kit.batches.partial_response import process_records",
        "from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response",
    ),
    "+ parameters": (
        "from headstart_kit.settings import read_settings; from headstart_kit.caching import cached",
        "from aws_lambda_powertools.utilities import parameters",
    ),
    _BOTO3: ("import boto3", "import boto3"),
}


class Load(NamedTuple):
    """One import in a fresh process."""

    ms: float
    modules: list[str]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="fresh processes for each side")
    options = parser.parse_args()
    sides = {"import headstart_kit": "import headstart_kit"}
    for number in range(len(DUTIES)):
        name = " ".join(list(DUTIES)[: number + 1])
        first = list(DUTIES.values())[: number + 1]
        sides[f"kit: {name}"], sides[f"powertools: {name}"] = ("\n".join(lines) for lines in zip(*first, strict=True))
    loads = _loads(sides, rounds=options.rounds)
    finish(_rows(loads), options)


def _loads(sides: dict[str, str], *, rounds: int) -> dict[str, list[Load]]:
    paths = {"kit": [str(KIT), sysconfig.get_path("purelib")]}
    if theirs := powertools.folder():
        paths["powertools"] = [str(theirs), sysconfig.get_path("purelib")]
    loads = defaultdict(list)
    for number in range(rounds + 1):
        for side, statements in sides.items():
            path = paths.get(side.partition(":")[0], paths["kit"])
            if side.startswith("powertools") and not theirs:
                continue
            loads[side] += [_load(statements, path=path)] if number else []
    return loads


def _load(statements: str, *, path: list[str]) -> Load:
    probe = PROBE.format(path=path, statements=statements)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", probe], capture_output=True, text=True, check=True)
    return Load(*json.loads(done.stdout))


def _rows(loads: dict[str, list[Load]]) -> list[Row]:
    ours = [found for side, found in loads.items() if not side.startswith("powertools") and not side.endswith(_BOTO3)]
    foreign = sorted(set().union(*map(_foreign, ours)))
    package = [load.ms for load in loads["import headstart_kit"]]
    rows = [
        Row("modules that the kit loads and are not its own", len(foreign), "", "<= 0", " ".join(foreign)),
        Row("import headstart_kit", median(package), "ms", "<= 3", _spread(package)),
    ]
    for side in loads:
        if side.startswith("kit: "):
            rows.append(_against(loads, side.removeprefix("kit: ")))
    return rows


def _foreign(loads: list[Load]) -> set[str]:
    return {name for load in loads for name in load.modules if name.partition(".")[0] != "headstart_kit"}


def _against(loads: dict[str, list[Load]], duties: str) -> Row:
    ours, theirs = ([load.ms for load in loads[f"{side}: {duties}"]] for side in ("kit", "powertools"))
    what, bar = f"{duties}: kit / Powertools {powertools.VERSION}", "" if duties.endswith(_BOTO3) else "<= 0.2"
    if not theirs:
        return Row(what, None, "", bar, "no Powertools here")
    modules = " / ".join(str(len(loads[f"{side}: {duties}"][0].modules)) for side in ("kit", "powertools"))
    detail = f"{_spread(ours)} / {_spread(theirs)}; {modules} modules"
    return Row(what, median(ours) / median(theirs), "", bar, detail)


def _spread(ms: list[float]) -> str:
    return f"p50 {median(ms):.2f} ms (min {min(ms):.2f}, n = {len(ms)})"


if __name__ == "__main__":
    main()
