"""Confirms queued orders, many in one invocation; those that fail or find no time left come again, and no others."""

import json

from headstart_kit import boto3_client, handler, log, process_records, read_settings


class Settings:
    confirmations_bucket: str


settings = read_settings(Settings)
s3 = boto3_client("s3", eager=True)


@handler
def confirm_orders(event, context):
    """Answers SQS which messages it is to hand out again."""
    return process_records(event, confirm)


def confirm(order: dict) -> None:
    """Write the confirmation of an order. The same order again writes the same, so that a second time does no harm."""
    confirmation = {"order_id": order["order_id"], "total_cents": order["total_cents"], "state": "confirmed"}
    s3().put_object(
        Bucket=settings.confirmations_bucket,
        Key=f"confirmations/{order['order_id']}.json",
        Body=json.dumps(confirmation).encode(),
        ContentType="application/json",
    )
    log.info("an order is confirmed", order_id=order["order_id"])
