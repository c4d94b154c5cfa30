import logging
from concurrent.futures import ThreadPoolExecutor, as_completed


def invert(number):
    return 1 / number


def handler(event, context):
    results = []
    with ThreadPoolExecutor(max_workers=4) as executor:
        futures = [executor.submit(invert, number) for number in event["numbers"]]
        for future in as_completed(futures):
            try:
                results.append(future.result())
            except Exception as error:
                logging.error("failed: %s", error)
                results.append(None)  # HS429
    return results
