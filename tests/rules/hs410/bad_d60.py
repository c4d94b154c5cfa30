import sys
import tracemalloc


class MemoryWatch:
    def __init__(self):
        if not tracemalloc.is_tracing():
            tracemalloc.start()  # HS410

    def peak(self):
        return tracemalloc.get_traced_memory()[1]

    def stop(self):
        tracemalloc.stop()


def on_call(frame, event, argument):
    return None


sys.setprofile(on_call)  # HS410


def handler(event, context):
    watch = MemoryWatch()
    return {"peak": watch.peak(), "total": sum(event["numbers"])}
