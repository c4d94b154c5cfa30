import cProfile
import os
import sys
import tracemalloc

if os.environ.get("PROFILE"):
    sys.setprofile(print)


def traced(function, *arguments):
    tracemalloc.start()
    try:
        return function(*arguments), tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def profiled(function):
    profile = cProfile.Profile()
    profile.enable()
    try:
        return function()
    finally:
        profile.disable()


def handler(event, context):
    return traced(sum, event["numbers"]), profiled(list)


if __name__ == "__main__":
    tracemalloc.start(25)
