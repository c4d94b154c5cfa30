import os

import psutil


class Profiler:
    def __init__(self):
        self.peak_mb = 0.0
        self.highest_peak = 0.0

    def look(self):
        now_mb = psutil.Process(os.getpid()).memory_info().rss / 1024 / 1024
        self.peak_mb = max(self.peak_mb, now_mb)  # HS425
        if now_mb > self.highest_peak:
            self.highest_peak = now_mb  # HS425


profiler = Profiler()


def handler(event, context):
    profiler.look()
    numbers = [number * number for number in range(event["count"])]
    profiler.look()
    return {"sum": sum(numbers), "peak_mb": profiler.peak_mb}
