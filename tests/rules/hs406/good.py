import os
import sqlite3
from pathlib import Path

import boto3

s3 = boto3.client("s3")
database = sqlite3.connect(":memory:")


def handler(event, context):
    s3.download_file("orders", event["key"], "/tmp/order")
    with open("/tmp/result.json", "w") as result:
        result.write("{}")
    with open("settings.json") as settings, open(event["path"], "w") as given:
        given.write(settings.read())
    Path(os.environ["STATE_FOLDER"], "state").write_text("x")
    Path("/mnt/efs/orders").mkdir(exist_ok=True)
    try:
        Path("local.log").write_text("x")
    except OSError:
        print("read-only")


def write_report(rows):
    Path("report.csv").write_text("\n".join(rows))


if __name__ == "__main__":
    write_report(["a,b"])
    Path("run.log").touch()
