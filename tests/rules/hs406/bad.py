import logging
import os
import shutil
import sqlite3
from pathlib import Path

OUTPUT = "output"
log = logging.FileHandler("app.log")  # HS406
database = sqlite3.connect("/var/lib/orders.db")  # HS406


def handler(event, context):
    with open("result.json", "w") as result:  # HS406
        result.write("{}")
    os.makedirs(os.path.join(OUTPUT, event["id"]), exist_ok=True)  # HS406
    Path(f"cache/{event['id']}").write_text("x")  # HS406
    (Path("/var/task/data") / event["id"]).mkdir()  # HS406
    shutil.copy("/tmp/a", OUTPUT)  # HS406
