"""`process_stream` on 400,000 people (44 MB of JSON Lines) against the course's way, and on up to 20 million of them.

Files: both run in the sandbox at 1,769 MB (one vCPU), each time in a fresh environment, and take turns; the figures are
medians of Lambda's Duration and of Max Memory Used. The course counts its results, process_stream writes them to /tmp.
Parquet and CSV hold the same people. Polars does its own scan and sink, without Python for each record.

S3: at 128, 256 and 512 MB, whose share of CPU is 0.07, 0.14 and 0.29 vCPU, from S3 to S3 over as many invocations as it
takes, with a resume token between them. S3 is bench/batches/object_store.py on loopback: no disk holds 2 GB, and each
part that is uploaded is compared with what belongs there. 80 records of 400,000 are spoilt; the rejects are read back.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import pyarrow
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import uvloop
from batches import people
from batches.ours import clean
from libraries import library
from rows import Row, arguments, finish

import headstart_kit
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport

_FUNCTIONS = Path(__file__).parent / "batches"
_ONE_VCPU_MB = 1769
_MEMORY_MB = (128, 256, 512)
_MILLION = 1_000_000
# Short enough that a run at 128 MB takes several invocations.
_TIMEOUT_S = 120
_SIDES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # The side: the function, its input, and what is in its package.
    "course": ("course", "people.jsonl", ("psutil",)),
    "kit": ("ours", "people.jsonl", ()),
    "kit, msgspec": ("ours", "people.jsonl", ("msgspec",)),
    "kit, orjson": ("ours", "people.jsonl", ("orjson",)),
    "kit, msgspec and orjson": ("ours", "people.jsonl", ("msgspec", "orjson")),
    "kit, CSV": ("ours", "people.csv", ()),
    "kit, Parquet by pyarrow, and orjson": ("ours", "people.parquet", ("pyarrow", "orjson")),
    "kit, text by Polars": ("polars_text", "people.jsonl", ("polars",)),
    "Polars alone": ("polars_alone", "people.jsonl", ("polars",)),
}
Figures = dict[str, list[InvocationReport]]


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each side from files; the course gets half")
    parser.add_argument("--full", action="store_true", help="20 million records too: about 20 minutes more")
    options = parser.parse_args()
    times = (1, 10, 50) if options.full else (1, 10)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        bench = Bench(Path(folder))
        async with LocalLambda() as engine:
            rows = [*_file_rows(await bench.files(engine, rounds=options.rounds))]
            with bench.store() as store:
                runs = [bench.s3(engine, store, memory_mb=mb, times=times) for mb in _MEMORY_MB]
                for found in await asyncio.gather(*runs):
                    rows += found
    finish(rows, options)


def _file_rows(figures: Figures) -> Iterator[Row]:
    def both(above: str, below: str, figure: str, *, least: bool = False) -> tuple[float, str]:
        of = [[getattr(report, figure) for report in figures[side]] for side in (above, below)]
        up, down = (min(values) if least else median(values) for values in of)
        unit = "s" if figure == "duration_ms" else "MB"
        scale = 1000 if figure == "duration_ms" else 1
        return up / down, f"p50 {up / scale:.3g} / {down / scale:.3g} {unit}, n = {len(of[0])} / {len(of[1])}"

    value, detail = both("course", "kit", "duration_ms")
    yield Row("44 MB: the course / process_stream, standard library, time", value, "x", "5…inf", detail)
    value, detail = both("kit", "course", "max_memory_mb")
    yield Row("44 MB: process_stream, standard library / the course, memory", value, "", "<= 0.1", detail)
    for side in list(_SIDES)[2:]:
        value, detail = both(side, "kit", "duration_ms")
        bar = "<= 0.95" if "," in side and "CSV" not in side else ""
        peak_mb = median(report.max_memory_mb for report in figures[side])
        yield Row(f"44 MB: {side} / kit, time", value, "", bar, f"{detail}, {peak_mb:.0f} MB")


class Bench:
    """The folders of packages and of input, and what is run from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._block, self._spoilt = people.block()
        self._result = _results_of(self._block)

    async def files(self, engine: LocalLambda, *, rounds: int) -> Figures:
        """Each side in turn, each time in a fresh environment."""
        data = self._data()
        figures: Figures = defaultdict(list)
        sides = {}
        for side, (function, name, packages) in _SIDES.items():
            package = self._package(function, packages)
            spec = _spec(package, function, memory_mb=_ONE_VCPU_MB, layers=(data,))
            sides[side] = LocalInvoker(engine, await engine.deploy(spec)), name
        for number in range(rounds):
            for side, (invoker, name) in sides.items():
                if side == "course" and number % 2:
                    continue
                event = {"input": f"/opt/{name}", "output": "/tmp/out.jsonl", "rejected": "/tmp/rejected.jsonl"}
                report = await invoker.invoke(Event(json.dumps(event).encode()), fresh=True)
                _require(report, side)
                figures[side].append(report)
        for invoker, _ in sides.values():
            await invoker.close()
        return figures

    async def s3(self, engine: LocalLambda, store: str, *, memory_mb: int, times: Sequence[int]) -> list[Row]:
        """One memory size, one number of records after another, each in a fresh environment."""
        package = self._package("ours", ("botocore",))
        variables = {"AWS_ENDPOINT_URL": store, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
        spec = _spec(package, "ours", memory_mb=memory_mb, environment=variables, timeout_s=_TIMEOUT_S)
        rows, peaks_mb = [], []
        for number in times:
            invoker = LocalInvoker(engine, await engine.deploy(spec))
            reports, counts = await _to_the_end(
                invoker, input_=f"s3://store/in/{number}.jsonl", key=f"{memory_mb}-{number}"
            )
            await invoker.close()
            wrong = self._wrong(store, counts, key=f"{memory_mb}-{number}", times=number)
            peak_mb = max(report.max_memory_mb for report in reports)
            peaks_mb.append(peak_mb)
            rows.append(_s3_row(reports, wrong, memory_mb=memory_mb, times=number, peak_mb=peak_mb))
        more = (times[-1] - times[0]) * people.COUNT / _MILLION
        slope = (peaks_mb[-1] - peaks_mb[0]) / more
        detail = " -> ".join(f"{peak_mb:.1f}" for peak_mb in peaks_mb) + " MB"
        rows.append(Row(f"{memory_mb} MB: peak memory, slope", slope, "MB per million", "-0.5…0.5", detail))
        return rows

    def _wrong(self, store: str, counts: dict[str, Any] | None, *, key: str, times: int) -> str:
        """What of the totals, the result or the rejects is not as it has to be; nothing if all is right."""
        if counts is None:
            return "it did not come to its end"
        read, rejected = people.COUNT * times, len(self._spoilt) * times
        expected = {"read": read, "written": read - rejected, "rejected": rejected, "dropped": 0}
        expected |= {"bytes_read": len(self._block) * times, "bytes_written": len(self._result) * times}
        found = {name: counts[name] for name in expected}
        with urlopen(f"{store}/?state") as answer:
            state = json.load(answer)
        uploaded = state["completed"].get(f"{key}/out.jsonl")
        if found != expected or uploaded != {"bytes": expected["bytes_written"], "right": True}:
            return f"{found}, {uploaded}"
        with urlopen(f"{store}/store/{key}/rejected.jsonl") as answer:
            indices = [json.loads(line)["index"] for line in answer.read().splitlines()]
        every = [number + people.COUNT * block for block in range(times) for number in self._spoilt]
        return "" if indices == every else "the rejects are not those that are spoilt"

    @contextmanager
    def store(self) -> Iterator[str]:
        """The object store's URL."""
        (self._folder / "block").write_bytes(self._block)
        (self._folder / "result").write_bytes(self._result)
        command = [sys.executable, str(_FUNCTIONS / "object_store.py"), self._folder / "block", self._folder / "result"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
            process.wait()

    def _data(self) -> Path:
        """A layer with the people as JSON Lines, CSV and Parquet."""
        folder = self._folder / "data"
        folder.mkdir()
        people.write_jsonl(folder / "people.jsonl")
        table = pyarrow.json.read_json(folder / "people.jsonl")
        pyarrow.csv.write_csv(table, folder / "people.csv")
        pyarrow.parquet.write_table(table, folder / "people.parquet", row_group_size=50_000)
        return folder

    def _package(self, function: str, packages: tuple[str, ...]) -> Path:
        """A folder with the function, the kit, and libraries."""
        folder = self._folder / "-".join((function, *packages))
        if not folder.exists():
            folder.mkdir()
            for package in packages:
                shutil.copytree(library(package), folder, dirs_exist_ok=True)
            shutil.copytree(Path(headstart_kit.__file__).parent, folder / "headstart_kit")
            shutil.copy(_FUNCTIONS / f"{function}.py", folder)
        return folder


async def _to_the_end(
    invoker: LocalInvoker, *, input_: str, key: str
) -> tuple[list[InvocationReport], dict[str, Any] | None]:
    """Invoke until there is no resume token; the last counts, or None when an invocation failed."""
    event = {"input": input_, "output": f"s3://store/{key}/out.jsonl", "rejected": f"s3://store/{key}/rejected.jsonl"}
    reports: list[InvocationReport] = []
    while True:
        reports.append(await invoker.invoke(Event(json.dumps(event).encode())))
        if not reports[-1].succeeded:
            return reports, None
        counts = json.loads(reports[-1].outcome.payload)
        if counts["finished"]:
            return reports, counts
        event["resume"] = counts["resume_token"]


def _s3_row(reports: list[InvocationReport], wrong: str, *, memory_mb: int, times: int, peak_mb: float) -> Row:
    what = f"{people.COUNT * times / _MILLION:g} million records at {memory_mb} MB: peak memory"
    failed = "" if reports[-1].succeeded else f"{type(reports[-1].outcome).__name__}; "
    seconds = sum(report.duration_ms for report in reports) / 1000
    detail = (
        f"{failed}{len(reports)} invocations, {seconds:.0f} s, {wrong or 'all totals, parts and rejects as expected'}"
    )
    return Row(what, None if failed or wrong else peak_mb, "MB", f"<= {memory_mb}", detail)


def _results_of(block: bytes) -> bytes:
    results = []
    for line in block.splitlines():
        try:
            results.append(json.dumps(clean(json.loads(line)), separators=(",", ":")) + "\n")
        except ValueError:
            continue
    return "".join(results).encode()


def _spec(package: Path, function: str, *, memory_mb: int, timeout_s: int = 300, **settings: Any) -> FunctionSpec:
    return FunctionSpec(
        name=function,
        code=package,
        handler=f"{function}.handler",
        memory=MemorySize(memory_mb),
        timeout_s=timeout_s,
        **settings,
    )


def _require(report: InvocationReport, side: str) -> None:
    if not report.succeeded:
        raise SystemExit(f"{side}: {report.outcome}")


if __name__ == "__main__":
    uvloop.run(main())
