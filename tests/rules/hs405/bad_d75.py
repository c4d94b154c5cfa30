import multiprocessing
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor

WORKERS = min(multiprocessing.cpu_count(), 8)  # HS405


class Downloads:
    def __init__(self):
        self.workers = os.cpu_count() or 1  # HS405

    def size(self, url):
        with urllib.request.urlopen(url, timeout=3) as answer:
            return len(answer.read())

    def sizes(self, urls):
        with ThreadPoolExecutor(max_workers=min(self.workers, len(urls) // 100)) as executor:
            return list(executor.map(self.size, urls))


def handler(event, context):
    return Downloads().sizes(event["urls"])
