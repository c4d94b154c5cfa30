"""The cold start of examples/orders against the course's handler (bench/orders/course), side by side in the sandbox.

Both are functions of 512 MB with the same duties, and the same PostgreSQL, Redis and S3, each packaged with its own
requirements: psycopg2 for both, redis-py for the course's, headstart-kit, which has a client for a cache, for ours.
"Total" is what the first caller waits for beside AWS's own part: the init phase and the first request. Each is in a
fresh environment, and the sides take turns. A product that is fetched is not in Redis in the cold figures, in the warm
it is. The init phase needs a whole CPU and the rest a third of one, so a busy machine is not the same to both: the cold
ratios are min / min. "As deployed" is without bytecode, as pip and zip leave a package; boto3 is the managed
runtime's, and has its own.

Only what there is something to load for has a bar: the course's validate_user loads nothing. The last rows are the
example with one choice made otherwise, by the totals of the mix.
"""

import itertools
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import msgspec
import redis
import uvloop
from rows import Row, arguments, finish

from headstart.engine import package
from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file
from headstart.model.function import FunctionSpec
from headstart.model.invocation import Event, InvocationReport, Succeeded
from headstart.model.progress import NoProgress
from headstart.services.provided import provided

_ROOT = Path(__file__).parents[1]
_OURS = config_file.read(_ROOT / "examples/orders")
_COURSE = _ROOT / "bench/orders/course"
_ACTIONS = {event.name: event for event in _OURS.events}
_LOADING = ("fetch-data", "process-order")
# What the example has, and what it could have instead.
_CHOICES = {
    "S3's client at first use": ('boto3_client("s3", eager=True)', 'boto3_client("s3")'),
    "connected to PostgreSQL in init": ("postgres()", "postgres(eager=True)"),
}
_BARS = {"as deployed": "<= 0.5", "with bytecode": ""}
_KEYS = itertools.count(1)

Times = dict[tuple[str, ...], list[float]]
Sides = dict[str, Deployment]


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="cold starts for each side, action and kind of package")
    parser.add_argument("--warm", type=int, default=300, help="warm invocations for each side and action")
    options = parser.parse_args()
    times: Times = defaultdict(list)
    needs = provided(_OURS.services, password="loopback-only", region=_OURS.spec.region, progress=NoProgress())
    async with needs as variables, LocalLambda() as engine, _deployed(engine, variables) as kinds:
        with redis.Redis.from_url(variables["REDIS_URL"]) as cache:
            for kind, sides in kinds.items():
                for _ in range(options.rounds):
                    await _cold(engine, sides, times=times, kind=kind, cache=cache)
        await _warm(engine, kinds["with bytecode"], times=times, count=options.warm)
    finish(_rows(times), options)


@asynccontextmanager
async def _deployed(engine: LocalLambda, variables: dict[str, str]) -> AsyncIterator[dict[str, Sides]]:
    """Both sides by kind of package, and the example with other choices as it would be deployed."""
    ours = msgspec.structs.replace(_OURS.spec, environment=variables | _OURS.spec.environment)
    course = msgspec.structs.replace(
        ours,
        name="course",
        code=_COURSE,
        handler="index.lambda_handler",
        requirements=_COURSE / "requirements.txt",
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        sides = {"ours": await engine.deploy(ours), "course": await engine.deploy(course)}
        others = {choice: await engine.deploy(_chosen(ours, Path(folder), choice=choice)) for choice in _CHOICES}
        compiled = {side: await _with_bytecode(each) for side, each in sides.items()}
        yield {"as deployed": sides | others, "with bytecode": compiled}


def _chosen(spec: FunctionSpec, folder: Path, *, choice: str) -> FunctionSpec:
    """The example with one choice made otherwise."""
    code = folder / str(len(list(folder.iterdir())))
    shutil.copytree(spec.code, code)
    before, after = _CHOICES[choice]
    source = (code / "app.py").read_text()
    if source.count(before) != 1:
        raise SystemExit(f"{before} is not once in the example: mend _CHOICES")
    (code / "app.py").write_text(source.replace(before, after))
    return msgspec.structs.replace(spec, code=code)


async def _with_bytecode(deployment: Deployment) -> Deployment:
    compiled = await package.with_bytecode(deployment.package, deployment.interpreter)
    return msgspec.structs.replace(deployment, package=compiled)


async def _cold(engine: LocalLambda, sides: Sides, *, times: Times, kind: str, cache: redis.Redis) -> None:
    for action in _ACTIONS:
        for side, deployment in sides.items():
            cache.flushall()
            environment = await engine.environment(deployment)
            report = _checked(await environment.invoke(_event(action)))
            await engine.close(environment)
            times["cold", kind, action, side].append(report.init.init_ms + report.duration_ms)


async def _warm(engine: LocalLambda, sides: Sides, *, times: Times, count: int) -> None:
    environments = {side: await engine.environment(deployment) for side, deployment in sides.items()}
    for action in _ACTIONS:
        for number in range(count + 1):
            for side, environment in environments.items():
                report = _checked(await environment.invoke(_event(action)))
                if number:
                    times["warm", action, side].append(report.duration_ms)
    for environment in environments.values():
        await engine.close(environment)


def _event(action: str) -> Event:
    """The example's event; an order gets a key of its own, as it is taken once only."""
    event = json.loads(_ACTIONS[action].payload)
    if "idempotency_key" in event:
        event["idempotency_key"] = f"bench-{next(_KEYS)}"
    return Event(json.dumps(event).encode(), name=action)


def _checked(report: InvocationReport) -> InvocationReport:
    """The report, if the function did what it was asked."""
    answer = json.loads(report.outcome.payload) if isinstance(report.outcome, Succeeded) else report.outcome
    if not isinstance(answer, dict) or answer.get("statusCode", 200) != 200 or "error" in answer:
        raise SystemExit(f"{report.event_name} failed: {answer}\n" + "\n".join(line.text for line in report.log))
    return report


def _rows(times: Times) -> list[Row]:
    rows = []
    for kind, bar in _BARS.items():
        totals = {key[2:]: sample for key, sample in times.items() if key[:2] == ("cold", kind)}
        for action in _ACTIONS:
            ours, course = (totals[action, side] for side in ("ours", "course"))
            what = f"cold, {action}, {kind}: ours / course"
            detail = f"min {min(ours):.0f} / {min(course):.0f} ms, p50 {median(ours):.0f} / {median(course):.0f} ms"
            detail += f", n = {len(ours)}"
            rows.append(Row(what, min(ours) / min(course), "", bar if action in _LOADING else "", detail))
        rows.append(_mix(totals, "ours", "course", what=f"cold, mix, {kind}: ours / course", bar=bar))
    for action in _ACTIONS:
        ours, course = (times["warm", action, side] for side in ("ours", "course"))
        detail = f"p50 {median(ours):.3f} / {median(course):.3f} ms, n = {len(ours)}"
        rows.append(Row(f"warm, {action}: ours / course", median(ours) / median(course), "", "<= 1.05", detail))
    deployed = {key[2:]: sample for key, sample in times.items() if key[:2] == ("cold", "as deployed")}
    return rows + [_mix(deployed, choice, "ours", what=f"{choice} / ours", bar="") for choice in _CHOICES]


def _mix(times: Times, side: str, against: str, *, what: str, bar: str) -> Row:
    """Over the actions by their share of the traffic, as headstart.toml has it."""
    share = {
        action: event.weight / sum(each.weight for each in _ACTIONS.values()) for action, event in _ACTIONS.items()
    }
    totals = {one: {action: min(times[action, one]) for action in _ACTIONS} for one in (side, against)}
    mean, other = (sum(share[action] * ms for action, ms in each.items()) for each in totals.values())
    by_action = ", ".join(f"{action} {ms:.0f}" for action, ms in totals[side].items())
    return Row(what, mean / other, "", bar, f"mean of min {mean:.0f} / {other:.0f} ms; {by_action}")


if __name__ == "__main__":
    uvloop.run(main())
