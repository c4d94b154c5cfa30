"""Numbers calculated in threads or processes, and many waits at once (9.2.2)."""

import asyncio
import json
import logging
import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

import aiohttp

logger = logging.getLogger()


class CpuProcessor:
    def __init__(self):
        self.cpu_count = multiprocessing.cpu_count()  # D75
        self.memory_mb = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"))

    def process_parallel(self, items, mode="auto"):
        workers = min(self.cpu_count, len(items) // 100)
        if mode == "processes" or len(items) > 1000:
            return self._in_processes(items, workers)
        return self._in_threads(items, workers)

    def _in_processes(self, items, workers):
        chunk_size = len(items) // workers
        chunks = [items[start : start + chunk_size] for start in range(0, len(items), chunk_size)]
        with multiprocessing.Pool(workers) as pool:  # D71
            done = pool.map(lambda chunk: [calculate(item) for item in chunk], chunks)  # D70
        return [result for chunk in done for result in chunk]

    def _in_threads(self, items, workers):
        results = []
        with ThreadPoolExecutor(max_workers=workers) as executor:
            futures = [executor.submit(calculate, item) for item in items]  # D74
            for future in as_completed(futures):
                try:
                    results.append(future.result())  # D72
                except Exception as e:
                    logger.error(f"an item failed: {e}")
                    results.append(None)  # D73
        return results


def calculate(number):
    return {"fibonacci": fibonacci(min(number, 35)), "primes": [n for n in range(2, number) if is_prime(n)]}


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def is_prime(n):
    return all(n % divisor for divisor in range(2, int(n**0.5) + 1))


async def run_async(tasks):
    pending = []
    for task in tasks:
        if task["type"] == "http":
            pending.append(fetch(task["url"]))
        elif task["type"] == "database":
            pending.append(pause(task.get("delay", 0.1)))
    return await asyncio.gather(*pending, return_exceptions=True)  # D82


async def fetch(url):
    async with aiohttp.ClientSession() as session:  # D83
        async with session.get(url) as response:  # D83
            content = await response.text()  # D83
            return {"url": url, "status": response.status, "response_size": len(content)}


async def pause(delay):
    await asyncio.sleep(delay)
    return {"result_count": 42}


def lambda_handler(event, context):
    action = event.get("action", "cpu_test")  # D77
    started = time.time()
    try:
        if action == "cpu_intensive_batch":
            result = CpuProcessor().process_parallel(event.get("numbers", list(range(1, 101))))
        elif action == "async_tasks":
            loop = asyncio.new_event_loop()  # D84
            asyncio.set_event_loop(loop)
            try:
                result = loop.run_until_complete(run_async(event.get("tasks", [])))
            finally:
                loop.close()
        else:
            return {"statusCode": 400, "body": json.dumps({"error": f"Unknown action: {action}"})}
        took_ms = (time.time() - started) * 1000  # D84
        return {"statusCode": 200, "body": json.dumps({"result": result, "took_ms": took_ms})}
    except Exception as e:  # D38
        return {"statusCode": 500, "body": json.dumps({"error": str(e)})}  # D46
