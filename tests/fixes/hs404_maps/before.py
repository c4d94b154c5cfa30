import os
from concurrent import futures
from multiprocessing import Pool, Pipe


def square(n):
    return n * n


def add(a, b):
    return a + b


def handler(event, context):
    numbers = event["numbers"]
    # All at once.
    with Pool(os.cpu_count()) as pool:  # of processes
        # Squares first.
        squares = pool.map(square, numbers, chunksize=10)
        sums = pool.starmap(add, zip(numbers, squares))
    return squares, sums, more(numbers), Pipe


def more(numbers):
    with futures.ProcessPoolExecutor(max_workers=2) as executor:
        first = next(executor.map(square, numbers))
        return first, list(executor.map(square, numbers))
