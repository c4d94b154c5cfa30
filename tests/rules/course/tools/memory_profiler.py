"""Snapshots of memory, and a processor of records in batches that takes them (9.2.1)."""

import gc
import logging
import os
import tracemalloc
from datetime import datetime

import psutil

_MB = 1024 * 1024


class MemoryProfiler:
    def __init__(self):
        self.snapshots = []
        self.peak_memory_mb = 0.0

    def start_profiling(self):
        tracemalloc.start()  # D60
        self.take_snapshot("start")

    def take_snapshot(self, label):
        current_mb = psutil.Process(os.getpid()).memory_info().rss / _MB
        self.peak_memory_mb = max(self.peak_memory_mb, current_mb)  # D61
        self.snapshots.append({"label": label, "at": datetime.utcnow().isoformat(), "memory_mb": current_mb})  # D53
        return current_mb

    def get_memory_report(self):
        top = tracemalloc.take_snapshot().statistics("lineno")[:10]
        return {
            "peak_memory_mb": self.peak_memory_mb,
            "snapshots": self.snapshots,
            "top_memory_consumers": [{"line": str(each.traceback), "size_mb": each.size / _MB} for each in top],
        }


class OptimizedDataProcessor:
    def __init__(self, memory_limit_mb=512):
        self.memory_limit_mb = memory_limit_mb
        self.profiler = MemoryProfiler()

    def process_large_dataset(self, data, batch_size=1000):
        self.profiler.start_profiling()
        results = []
        for start in range(0, len(data), batch_size):
            results.extend(self._process_batch(data[start : start + batch_size]))  # D63
            current_mb = self.profiler.take_snapshot(f"batch_{start}")
            if current_mb > self.memory_limit_mb * 0.8:
                gc.collect()  # D65
                self.profiler.take_snapshot(f"after_gc_{start}")
        return {"results_count": len(results), "memory_report": self.profiler.get_memory_report()}

    def _process_batch(self, batch):
        processed = []
        for record in batch:
            try:
                processed.append({"id": record.get("id"), "name": record.get("name", "").strip().title()})
            except Exception as e:
                logging.error(f"record {record.get('id')} failed: {e}")
        return processed
