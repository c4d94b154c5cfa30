import hashlib
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor

VCPUS = min(os.cpu_count() or 1, max(1, int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) // 1769))


def size(url):
    total = 0
    with urllib.request.urlopen(url, timeout=3) as answer:
        for line in answer:
            total += len(line)
    return total


def digests(parts):
    return [hashlib.sha256(part).hexdigest() for part in parts]


def describe(item, resize):
    return [resize(part) for part in item]


def name(item):
    return item["name"].strip()


def handler(event, context):
    with ThreadPoolExecutor(max_workers=8) as executor:
        sizes = executor.map(size, event["urls"])
        found = executor.submit(digests, event["parts"])
        names = executor.map(name, event["items"])
        other = executor.submit(describe, event["items"], event.get)
    return list(sizes), found.result(), list(names), other.result(), VCPUS
