import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def handler(event, context):
    def double(number):
        return number * 2

    with multiprocessing.Pool(2) as pool:
        squares = pool.map(lambda number: number * number, event["numbers"])  # HS428
    with ProcessPoolExecutor(max_workers=2) as executor:
        first = executor.submit(double, event["numbers"][0])  # HS428
    return [*squares, first.result()]
