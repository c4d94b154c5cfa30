import logging
from concurrent.futures import ThreadPoolExecutor, as_completed


def invert(number):
    return 1 / number


def first_config():
    try:
        return open("config").read()
    except Exception:
        return None


def handler(event, context):
    results = {}
    with ThreadPoolExecutor(max_workers=4) as executor:
        futures = {executor.submit(invert, number): number for number in event["numbers"]}
        for future in as_completed(futures):
            try:
                results[futures[future]] = future.result()
            except ZeroDivisionError:
                results[futures[future]] = None
            except Exception as error:
                logging.exception("failed")
                results[futures[future]] = {"error": type(error).__name__}
    return {"config": first_config(), **results}
