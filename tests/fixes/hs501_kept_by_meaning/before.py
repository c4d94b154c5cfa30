import json

import matplotlib  # sets the fonts
import pandas
import requests
import sympy
import torch
import xgboost
from PIL import Image
from scipy import stats

__all__ = ["handler", "stats"]


def handler(event, context):
    if event.get("report"):
        return report(event["rows"], sympy.Symbol("x"))
    return json.dumps(event)


def report(rows, symbol, to: "pandas.DataFrame | None" = None, session=requests):
    sympy = symbol
    return pandas.DataFrame(rows), session.get(sympy, timeout=3), stats.norm


def draw(path) -> Image.Image:
    global torch
    torch = path
    return Image.open(path)


class Model:
    booster = xgboost.Booster
