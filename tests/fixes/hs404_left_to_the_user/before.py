import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def square(n):
    return n * n


def handler(event, context):
    with multiprocessing.Pool(initializer=print) as pool:
        pool.map(square, event["numbers"])
    with multiprocessing.Pool() as several, open("/tmp/x") as file:
        several.map(square, file)
    other = multiprocessing.Pool()
    waiting = other.apply_async(square, (1,))
    with ProcessPoolExecutor() as executor:
        executor.map(pow, event["numbers"], event["numbers"])
    lock = multiprocessing.Lock()
    return waiting, lock
