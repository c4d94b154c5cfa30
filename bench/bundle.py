"""The cold start of a bundle against the package as it is usually uploaded, side by side in the sandbox.

"usual" is what uv pip install --target leaves, with the code beside it and no bytecode; "bundle" is what headstart
bundle writes of the same function, unzipped as Lambda does. Each start is in a fresh environment, the sides take turns,
and a ratio is the median of the ratios of the rounds. The init phase runs at full CPU whatever the memory size. "Size"
is that of the package unzipped, "zipped" that of the zip, of usual as zip -r makes it.
"""

import sys
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
import uvloop
from rows import Row, arguments, finish

from headstart.bundling import bundle
from headstart.engine import interpreters
from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.infra.project import Project
from headstart.model.bundle import BundleOrder, BundleResult
from headstart.model.function import MemorySize
from headstart.model.invocation import Succeeded

_ROOT = Path(__file__).parents[1]
# Functions that need no server: the example, and those of bench/apps.
_FOLDERS = {"invoice": _ROOT / "examples/invoice"} | {
    file.parent.name: file.parent for file in sorted(_ROOT.glob("bench/apps/*/headstart.toml"))
}
_BARS = {"init": ">= 1.8", "init + first": ">= 1.2"}
_MB = 1024 * 1024


class Sides(NamedTuple):
    """The same function, packaged twice."""

    usual: Deployment
    bundle: Deployment
    result: BundleResult
    usual_zipped_bytes: int


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--apps", nargs="+", choices=_FOLDERS, default=["invoice", "fastapi_mangum", "powertools"])
    parser.add_argument("--runs", type=int, default=10, help="cold starts for each function and side")
    parser.add_argument("--memory", type=int, default=1769, metavar="MB", help="memory size")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        async with LocalLambda() as engine:
            for app in options.apps:
                print(app, file=sys.stderr)
                project = _project(app, memory_mb=options.memory)
                sides = await _packaged(engine, project, Path(folder) / f"{app}.zip")
                rows += _rows(app, sides, await _in_turns(engine, project, sides, runs=options.runs))
    finish(rows, options)


def _project(app: str, *, memory_mb: int) -> Project:
    """For the newest Python here, whose glibc on Lambda loads any wheel."""
    project = config_file.resolve(_FOLDERS[app], Overrides(runtime=interpreters.installed()[-1].runtime))
    spec = msgspec.structs.replace(project.spec, memory=MemorySize(memory_mb), timeout_s=120)
    return msgspec.structs.replace(project, spec=spec)


async def _packaged(engine: LocalLambda, project: Project, file: Path) -> Sides:
    usual = await engine.deploy(project.spec)
    if any(usual.package.root.rglob("*.pyc")):
        raise SystemExit(f"the usual package of {project.spec.name} has bytecode: {usual.package.root}")
    result = await bundle(project, BundleOrder(output=file, settings=project.bundle))
    bundled = await engine.deploy(msgspec.structs.replace(project.spec, code=file, requirements=None))
    zipped = file.with_suffix(".usual.zip")
    with zipfile.ZipFile(zipped, "x", zipfile.ZIP_DEFLATED) as archive:
        for path in usual.package.root.rglob("*"):
            archive.write(path, path.relative_to(usual.package.root))
    return Sides(usual, bundled, result, zipped.stat().st_size)


async def _in_turns(
    engine: LocalLambda, project: Project, sides: Sides, *, runs: int
) -> dict[tuple[str, str], list[float]]:
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(runs + 1):
        event = project.events[number % len(project.events)]
        for side, deployment in (("usual", sides.usual), ("bundle", sides.bundle)):
            environment = await engine.environment(deployment)
            report = await environment.invoke(event)
            await engine.close(environment)
            if not isinstance(report.outcome, Succeeded) or report.init is None:
                raise SystemExit(f"{side} of {project.spec.name} failed: {report.outcome}")
            if number:  # the first round fills the file cache
                times["init", side].append(report.init.init_ms)
                times["init + first", side].append(report.init.init_ms + report.duration_ms)
    return times


def _rows(app: str, sides: Sides, times: dict[tuple[str, str], list[float]]) -> list[Row]:
    rows = []
    for figure, bar in _BARS.items():
        usual, bundled = times[figure, "usual"], times[figure, "bundle"]
        ratios = [old / new for old, new in zip(usual, bundled, strict=True)]
        detail = f"p50 {median(usual):.0f} / {median(bundled):.0f} ms, {min(ratios):.2f} to {max(ratios):.2f}"
        detail += f", n = {len(ratios)}"
        rows.append(Row(f"{app}, {figure}: usual / bundle", median(ratios), "", bar, detail))
    part, old_bytes = sides.result.function, sides.usual.package.unzipped_bytes
    gone = sum(each.size_bytes for each in sides.result.removed)
    detail = (
        f"{old_bytes / _MB:.1f} → {part.unzipped_bytes / _MB:.1f} MB: bytecode {sides.result.bytecode_bytes / _MB:.1f}"
    )
    rows.append(
        Row(
            f"{app}, size: bundle / usual",
            part.unzipped_bytes / old_bytes,
            "",
            "",
            f"{detail}, pruned {gone / _MB:.1f}",
        )
    )
    zipped = part.zipped_bytes or 0
    detail = f"{sides.usual_zipped_bytes / _MB:.1f} → {zipped / _MB:.1f} MB"
    rows.append(Row(f"{app}, zipped: bundle / usual", zipped / sides.usual_zipped_bytes, "", "", detail))
    return rows


if __name__ == "__main__":
    uvloop.run(main())
