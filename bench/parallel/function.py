"""The five cases and the ways to run them: a Lambda function, and a program that answers the same events by line.

An event is ``{"case": "b", "way": "kit", "items": 200, "times": 1}``; the answer has the milliseconds of each time.
"""

import json
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy
from lambda_multiprocessing import Pool as LambdaPool

from headstart_kit.parallel.mapping import parallel_map

PROCESSES = 2
CHUNKS = 4 * PROCESSES
_ITEM_S = 0.005
_DEPTHS = 16


def _spin(count):
    total = 0
    for i in range(count):
        total += i * i
    return total


def _count_for(seconds):
    """How far to count for ``seconds`` of a core that nothing else uses: the best of some tries."""
    count = 20_000
    best_s = float("inf")
    for _ in range(15):
        begun = time.perf_counter()
        _spin(count)
        best_s = min(best_s, time.perf_counter() - begun)
    return int(count * seconds / best_s)


# Fixed work, not fixed CPU time: a core that is shared with others shows.
_COUNT = _count_for(_ITEM_S)
_random = random.Random(17)
_blocks = [numpy.full(131_072, float(number)) for number in range(64)]


def square(x):
    return x * x


def compute(x):
    _spin(_COUNT)
    return float(x)


def add_up(block):
    return float(block.sum())


def change(block):
    return numpy.sqrt(block) * 0.5 + 1.0


def compute_on(block):
    _spin(_COUNT)
    return float(block[0])


CASES = {
    "a": (square, list(range(10_000))),
    "b": (compute, list(range(200))),
    "c": (add_up, _blocks),
    "d": (change, _blocks),
    "e": (compute_on, _blocks),
}


def serial(fn, items):
    return [fn(item) for item in items]


def kit(fn, items, **options):
    return parallel_map(fn, items, **options)


def kit_processes(fn, items, **options):
    return parallel_map(fn, items, kind="processes", **options)


def pool(fn, items):
    with get_context("fork").Pool(PROCESSES) as processes:
        return processes.map(fn, items)


def pool_one_by_one(fn, items):
    with get_context("fork").Pool(PROCESSES) as processes:
        return processes.map(fn, items, chunksize=1)


def executor(fn, items):
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as processes:
        return list(processes.map(fn, items))


def executor_in_chunks(fn, items):
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as processes:
        return list(processes.map(fn, items, chunksize=-(-len(items) // CHUNKS)))


def lambda_multiprocessing(fn, items):
    with LambdaPool(PROCESSES) as processes:
        return processes.map(fn, items)


def two_bare_processes(fn, items):
    """Each half of the items in a fork that says nothing: as fast as this machine is at this moment."""
    children = []
    for half in (items[::2], items[1::2]):
        child = os.fork()
        if child == 0:
            serial(fn, half)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


WAYS = {
    way.__name__: way
    for way in (
        serial,
        kit,
        kit_processes,
        pool,
        pool_one_by_one,
        executor,
        executor_in_chunks,
        lambda_multiprocessing,
        two_bare_processes,
    )
}


def _time_at_depth(depth, call):
    """Milliseconds of ``call`` and what it gives, ``depth`` frames down.

    Where frames happen to lie in memory makes a small loop up to 6 % slower, whoever calls it: each way has its turn at
    every depth.
    """
    if depth:
        return _time_at_depth(depth - 1, call)
    begun = time.perf_counter()
    results = call()
    return (time.perf_counter() - begun) * 1000, results


def handler(event, context):
    """Run a case in one way, some times: how long each took, and what the kit chose."""
    fn, items = CASES[event["case"]]
    items = items[: event["items"]]
    way = WAYS[event["way"]]
    ms = []
    for _ in range(event["times"]):
        took_ms, results = _time_at_depth(_random.randrange(_DEPTHS), lambda: way(fn, items))
        ms.append(took_ms)
    if results is not None and not all(map(numpy.array_equal, results, serial(fn, items))):
        raise ValueError(f"{event} gives wrong results")
    reports = []
    if way in (kit, kit_processes):  # once more, not to time the report
        way(fn, items, report=reports.append)
    return {"ms": ms, "kinds": [report.kind for report in reports]}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(handler(json.loads(line), None)), flush=True)
