from datetime import datetime, timezone


class Clock:
    def utcnow(self):
        return datetime.now(timezone.utc)


def handler(event, context):
    made = datetime.fromtimestamp(event["made_s"], timezone.utc)
    return {"at": Clock().utcnow().isoformat(), "made": made.isoformat()}
