from headstart_kit import parallel_map


def square(n):
    return n * n


def handler(event, context):
    found = [each + 1 for each in parallel_map(square, event["numbers"])]
    for each in parallel_map(square, event["numbers"]):
        found.append(each)
    return found
