import os
from multiprocessing import Pipe
from headstart_kit import parallel_map


def square(n):
    return n * n


def add(a, b):
    return a + b


def handler(event, context):
    numbers = event["numbers"]
    # All at once.
    # of processes
    # Squares first.
    squares = parallel_map(square, numbers)
    sums = parallel_map(lambda arguments: add(*arguments), zip(numbers, squares))
    return squares, sums, more(numbers), Pipe


def more(numbers):
    first = next(iter(parallel_map(square, numbers)))
    return first, list(parallel_map(square, numbers))
