import boto3
import numpy
import pandas as pd

s3 = boto3.client("s3")


def handler(event, context):
    rows = numpy.array(event["rows"])
    if event.get("report"):
        import matplotlib

        return matplotlib.__version__
    return summary(rows)


def summary(rows: pd.DataFrame):
    return float(rows.sum())
