# ruff: noqa: F403, F405
from os.path import *


def handler(event, context):
    return join("a", event["name"])
