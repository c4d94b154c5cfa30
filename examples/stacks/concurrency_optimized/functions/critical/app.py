"""Takes an order while its customer waits: prices it, and hands the rest to a queue."""

import json
from pathlib import Path
from typing import Annotated, TypedDict

from headstart_kit import Length, Pattern, Range, UserError, actions, boto3_client, log, read_settings

Key = Annotated[str, Pattern(r"[\x21-\x7e]{1,64}", what="1 to 64 printable ASCII characters without a space")]


class Item(TypedDict):
    """How many of a product are ordered."""

    product: Key
    quantity: Annotated[int, Range(1, 1_000)]


class Settings:
    orders_queue_url: str


settings = read_settings(Settings)
prices_cents = json.loads(Path(__file__).with_name("prices_cents.json").read_text())
sqs = boto3_client("sqs", eager=True)
handler = actions()


@handler.action
def check_out(order_id: Key, items: Annotated[list[Item], Length(1, 100)]) -> dict:
    """Price an order and queue it. The same order again is queued again, and ends as one: see the batch function."""
    if missing := sorted({item["product"] for item in items} - prices_cents.keys()):
        raise UserError(f"there is no product {', '.join(missing)}", status=422)
    lines = [item | {"cents": prices_cents[item["product"]] * item["quantity"]} for item in items]
    order = {"order_id": order_id, "lines": lines, "total_cents": sum(line["cents"] for line in lines)}
    sqs().send_message(QueueUrl=settings.orders_queue_url, MessageBody=json.dumps(order))
    log.info("an order is queued", order_id=order_id)
    return {"order_id": order_id, "total_cents": order["total_cents"], "state": "queued"}
