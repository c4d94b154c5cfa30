from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial


def power(number, exponent):
    return number**exponent


def handler(event, context):
    numbers = event["numbers"]
    with ThreadPoolExecutor() as threads:
        doubled = list(threads.map(lambda number: number * 2, numbers))
    with ProcessPoolExecutor() as processes:
        squares = list(processes.map(partial(power, exponent=2), numbers))
        cube = processes.submit(power, numbers[0], 3)
    return [*doubled, *squares, cube.result(), *map(lambda number: -number, numbers)]
