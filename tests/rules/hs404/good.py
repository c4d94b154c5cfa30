import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from queue import Queue

from headstart_kit import parallel_map

waiting = Queue()


def square(n):
    return n * n


def in_a_process(numbers):
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=lambda: theirs.send([square(n) for n in numbers]))
    process.start()
    found = mine.recv()
    process.join()
    return found


def with_a_way_out(numbers):
    try:
        with ProcessPoolExecutor() as executor:
            return list(executor.map(square, numbers))
    except (OSError, NotImplementedError):
        return [square(n) for n in numbers]


def handler(event, context):
    with ThreadPoolExecutor(4) as threads:
        sizes = list(threads.map(os.path.getsize, event["files"]))
    return sizes, in_a_process(event["numbers"]), with_a_way_out(event["numbers"]), parallel_map(square, sizes)


def on_my_machine(numbers):
    with multiprocessing.Pool() as pool:
        return pool.map(square, numbers)


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    print(on_my_machine(range(10)))
