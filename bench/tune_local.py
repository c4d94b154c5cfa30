"""The memory size that the default search recommends, against measuring twelve sizes: what it costs more, here.

Three functions: one computes, one waits, one does both. Each is searched as a user would, and then the twelve sizes and
the one recommended are measured in turn, twenty invocations each; that is the truth both are judged by.
"""

import tempfile
from pathlib import Path
from typing import Final

import uvloop
from rows import Row, arguments, finish

from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event
from headstart.model.progress import NoProgress
from headstart.model.tuning import Budget, Goal, TuneOptions, TuneResult
from headstart.tuning import tune

_SIZES: Final = (128, 192, 256, 384, 512, 640, 768, 1024, 1280, 1536, 1769, 2048)
_RUNS: Final = 20
_SOURCE: Final = """
import hashlib
import time

def compute(rounds):
    digest = b"begin"
    for _ in range(rounds):
        digest = hashlib.sha256(digest * 8).digest()
    return digest.hex()

def handler(event, context):
    time.sleep(event["wait_ms"] / 1000)
    return compute(event["rounds"])
"""
_FUNCTIONS: Final = {
    "computes": b'{"wait_ms": 0, "rounds": 300000}',
    "waits": b'{"wait_ms": 100, "rounds": 2000}',
    "does both": b'{"wait_ms": 60, "rounds": 150000}',
}


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--searches", type=int, default=2, help="searches of each function; the worst one counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "app.py").write_text(_SOURCE)
        rows = []
        for name, payload in _FUNCTIONS.items():
            project = _project(Path(folder), Event(payload, name="usual"))
            async with Lab() as lab:
                found = [await _tuned(lab, project, TuneOptions()) for _ in range(options.searches)]
                chosen = {each.memory_mb for result in found for each in result.recommendations}
                sizes = tuple(MemorySize(mb) for mb in sorted({*_SIZES, *chosen}))
                budget = Budget(invocations=_RUNS * len(sizes))
                truth = await _tuned(lab, project, TuneOptions(sizes=sizes, budget=budget))
            rows += _rows(name, found, truth)
    finish(rows, options)


def _project(folder: Path, event: Event) -> Project:
    spec = FunctionSpec(name="tuned", code=folder, handler="app.handler", memory=MemorySize(512), timeout_s=30)
    return Project(spec=spec, events=(event,))


async def _tuned(lab: Lab, project: Project, options: TuneOptions) -> TuneResult:
    return await tune(lab, project, options=options, keep=lambda _: None, progress=NoProgress())


def _rows(name: str, found: list[TuneResult], truth: TuneResult) -> list[Row]:
    sizes = {size.memory_mb: size for size in truth.sizes if size.is_measured}
    usd = {mb: size.cost.value for mb, size in sizes.items()}
    both = {mb: (size.cost.value * size.tuned_ms.value) ** 0.5 for mb, size in sizes.items()}
    count = max(result.invocations for result in found)
    taken = f"12 sizes and those recommended: {truth.invocations}; {found[0].ended}"
    return [
        _above(f"{name}: cost above the cheapest of 12 sizes", usd, _chosen(found, Goal.COST), bar="<= 0.05"),
        _above(f"{name}: half cost, half time above the best", both, _chosen(found, Goal.BALANCED), bar=""),
        Row(f"{name}: invocations", count, "", "<= 20", taken),
    ]


def _chosen(found: list[TuneResult], goal: Goal) -> list[int]:
    return [each.memory_mb for result in found for each in result.recommendations if each.goal is goal]


def _above(what: str, scores: dict[int, float], chosen: list[int], *, bar: str) -> Row:
    """By how much the worst of the sizes chosen is above the best of the twelve."""
    best = min(_SIZES, key=scores.__getitem__)
    worst = max(chosen, key=scores.__getitem__)
    said = f"{', '.join(f'{mb} MB' for mb in chosen)}; best: {best} MB"
    return Row(what, scores[worst] / scores[best] - 1, "", bar, said)


if __name__ == "__main__":
    uvloop.run(main())
