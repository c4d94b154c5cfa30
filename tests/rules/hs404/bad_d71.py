import multiprocessing
from concurrent import futures
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

results = multiprocessing.Queue()  # HS404


def square(n):
    return n * n


def compute(numbers):
    with Pool(2) as pool:  # HS404
        return pool.map(square, numbers)


def handler(event, context):
    numbers = event["numbers"]
    try:
        with futures.ProcessPoolExecutor(max_workers=2) as executor:  # HS404
            squares = list(executor.map(square, numbers))
    except Exception as error:
        return {"statusCode": 500, "body": type(error).__name__}
    lock = multiprocessing.get_context("fork").Lock()  # HS404
    with lock, ThreadPool(2) as threads:  # HS404
        return squares, compute(numbers), threads.map(square, numbers)
