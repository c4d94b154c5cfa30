"""What the memory profile costs against psutil as the course has it, and what freezing after init saves."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import boto3
import psutil
from rows import Row, arguments, finish
from turns import in_turns, ratio, spread

from headstart_kit.garbage import freeze_after_init, gc_advice
from headstart_kit.memory_profile import MemoryProfile
from headstart_kit.process_memory import peak_bytes, reset_peak, resident_bytes

_CALLS = 500
_OBJECTS = 30_000
KIT = Path(__file__).parents[1] / "kit/src"
IMPORT = """
import sys, json, time
sys.path.insert(0, {kit!r})
import logging, threading, http.client
begun, before = time.perf_counter(), len(sys.modules)
import {module}
print(json.dumps([(time.perf_counter() - begun) * 1000, len(sys.modules) - before]))
"""


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=30, help=f"blocks of {_CALLS} reads for each side")
    options = parser.parse_args()
    finish([*_reads(options.rounds), *_imports(options.rounds), *_collector(options.rounds)], options)


def _reads(rounds: int) -> Iterator[Row]:
    profile = MemoryProfile()

    def one_section() -> None:
        with profile.section("work"):
            pass

    sides = {
        "resident": resident_bytes,
        "psutil": lambda: psutil.Process(os.getpid()).memory_info().rss,
        "peak": peak_bytes,
        "reset": reset_peak,
        "section": one_section,
        "report": profile.report,
    }
    reset_peak()
    times = in_turns(sides, rounds=rounds, calls=_CALLS)
    yield Row("what is resident", median(times["resident"]), "us", "<= 5", spread(times["resident"], calls=_CALLS))
    yield ratio(times, "resident", "psutil", what="what is resident / psutil as in the course", bar="<= 0.25")
    yield Row("the peak", median(times["peak"]), "us", "<= 5", spread(times["peak"], calls=_CALLS))
    yield Row(
        "a peak begun anew, by clear_refs", median(times["reset"]), "us", "", spread(times["reset"], calls=_CALLS)
    )
    yield Row("a section", median(times["section"]), "us", "<= 25", spread(times["section"], calls=_CALLS))
    yield Row("a report", median(times["report"]), "us", "", spread(times["report"], calls=_CALLS))


def _imports(rounds: int) -> Iterator[Row]:
    """In fresh processes that have what AWS's runtime client loads."""
    modules = ("headstart_kit.memory_profile", "psutil")
    loads: dict[str, list[list[float]]] = {module: [] for module in modules}
    for number in range(rounds + 1):
        for module in modules:
            program = IMPORT.format(kit=str(KIT), module=module)
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            if number:
                loads[module].append(json.loads(done.stdout))
    ours, theirs = (median(ms for ms, _ in loads[module]) for module in modules)
    counts = " / ".join(str(int(loads[module][0][1])) for module in modules)
    yield Row(
        "import / psutil", ours / theirs, "x", "", f"p50 {ours:.2g} / {theirs:.2g} ms, n = {rounds}; modules {counts}"
    )


def _collector(rounds: int) -> Iterator[Row]:
    """With botocore's model of S3 in memory, as much as a function of middling size has."""
    client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    sides = {"collect": gc.collect, "work": _work}
    before = in_turns(sides, rounds=rounds, calls=1)
    advice = gc_advice()
    frozen = freeze_after_init()
    after = in_turns(sides, rounds=rounds, calls=1)
    gc.unfreeze()
    del client
    times = {
        f"{side}, {state}": us for state, both in (("thawed", before), ("frozen", after)) for side, us in both.items()
    }
    pays = f"{frozen} objects; gc_advice: collect_ms {advice['collect_ms']}, freeze_pays {advice['freeze_pays']}"
    row = ratio(times, "collect, frozen", "collect, thawed", what="a full collection, frozen / not", bar="<= 0.2")
    yield row._replace(detail=f"{row.detail}; {pays}")
    yield ratio(times, "work, frozen", "work, thawed", what=f"{_OBJECTS} dicts made by a handler, frozen / not")


def _work() -> list[dict[str, int]]:
    return [{"number": number} for number in range(_OBJECTS)]


if __name__ == "__main__":
    main()
