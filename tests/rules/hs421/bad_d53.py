from datetime import datetime


def handler(event, context):
    return {
        "at": datetime.utcnow().isoformat(),  # HS421
        "made": datetime.utcfromtimestamp(event["made_s"]).isoformat(),  # HS421
    }
