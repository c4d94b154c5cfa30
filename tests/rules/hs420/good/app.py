import os
from dataclasses import asdict, dataclass

import settings

TABLE = os.environ["TABLE"]
os.environ["TZ"] = "UTC"
required = [os.environ[name] for name in ("A", "B")]
OPTIONS = {"level": os.environ.get("LEVEL", "INFO"), "stage": os.environ.get("STAGE", "dev")}


@dataclass
class Limits:
    most_items: int = int(os.environ.get("MOST_ITEMS", "10"))


def handler(event, context):
    region = os.environ["AWS_REGION"]
    return {"table": TABLE, "bucket": settings.BUCKET, **OPTIONS, **asdict(Limits()), "required": required, "r": region}
