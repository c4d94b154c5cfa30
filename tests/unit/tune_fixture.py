"""A function whose durations follow a law, for the tests of the search."""

from random import Random

from measure_fixture import HOST, spec

from headstart.model.cpu_law import Law
from headstart.model.function import MemorySize
from headstart.model.invocation import Event
from headstart.model.progress import NoProgress
from headstart.model.results import Traffic
from headstart.model.tuning import TuneOptions
from headstart.testing import ManualClock, ScriptedInvoker, init_report, report
from headstart.tune.search import tune
from headstart.tune.subject import Session

EVENT = Event(b"{}", name="usual")
MIXED = Law(io_ms=60.0, cpu_ms=40.0, parallelism=1.0)


def session(**changes):
    usual = {
        "created": "2026-11-25T12:00:00+00:00",
        "source": "f",
        "host": HOST,
        "traffic": Traffic(),
        "progress": NoProgress(),
        "keep": lambda _: None,
        "ticks_ns": ManualClock().ticks_ns,
        "randomness": Random,
    }
    return Session(**usual | changes)


def lawful(law=MIXED, *, noise=0.0, seed=3):
    """A script of durations by ``law``, scattered by ``noise``; cold starts take longer."""
    random = Random(seed)

    def script(call, **changes):
        mb = call.memory.mb
        scatter = 1 + random.uniform(-noise, noise)
        duration_ms = law.duration_ms(mb) * scatter + (30 / min(1, mb / 1769) if call.fresh else 0)
        usual = {
            "init": init_report() if call.fresh else None,
            "memory_size_mb": mb,
            "event_name": call.event.name,
            "environment_id": str(mb),
            "cpu_ms": law.cpu_ms,
            "throttled_ms": max(0.0, duration_ms - law.io_ms - law.cpu_ms / law.parallelism),
        }
        return report(**{"duration_ms": duration_ms} | usual | changes)

    return script


async def tuned(script, *, mb=512, events=(EVENT,), timeout_s=30, kept=None, **options):
    """The invoker and the result of a search."""
    more = {} if kept is None else kept
    invoker = ScriptedInvoker(spec(mb, timeout_s=timeout_s), script)
    options = TuneOptions(**{"cpus": 2} | options)
    return invoker, await tune(invoker, events, options=options, session=session(**more))


def sizes(result):
    return {size.memory_mb: size for size in result.sizes}


def recommended(result, goal="cost"):
    return next(each for each in result.recommendations if each.goal == goal)


def memory_sizes(*mb):
    return tuple(MemorySize(each) for each in mb)
