from concurrent.futures import ThreadPoolExecutor, as_completed


def square(number):
    return number * number


def handler(event, context):
    results = []
    with ThreadPoolExecutor(max_workers=4) as executor:
        futures = [executor.submit(square, number) for number in event["numbers"]]
        for future in as_completed(futures):
            results.append(future.result())  # HS439
    return results
