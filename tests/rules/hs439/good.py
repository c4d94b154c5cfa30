from concurrent.futures import ThreadPoolExecutor, as_completed


def square(number):
    return number * number


def handler(event, context):
    numbers = event["numbers"]
    by_number = {}
    total = 0
    with ThreadPoolExecutor(max_workers=4) as executor:
        futures = {executor.submit(square, number): number for number in numbers}
        for future in as_completed(futures):
            by_number[futures[future]] = future.result()
        others = [executor.submit(square, number) for number in numbers]
        for future in as_completed(others):
            total += future.result()
        in_order = [each.result() for each in others]
        return [by_number, total, in_order, list(executor.map(square, numbers))]
