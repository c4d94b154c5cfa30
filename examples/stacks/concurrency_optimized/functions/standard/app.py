"""Answers what became of an order."""

import json
from typing import Annotated

from botocore.exceptions import ClientError

from headstart_kit import Pattern, UserError, actions, boto3_client, read_settings

Key = Annotated[str, Pattern(r"[\x21-\x7e]{1,64}", what="1 to 64 printable ASCII characters without a space")]


class Settings:
    confirmations_bucket: str


settings = read_settings(Settings)
s3 = boto3_client("s3", eager=True)
handler = actions()


@handler.action
def look_up(order_id: Key) -> dict:
    """The confirmation of an order, which is there once the batch function has seen it."""
    try:
        found = s3().get_object(Bucket=settings.confirmations_bucket, Key=f"confirmations/{order_id}.json")
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        raise UserError(f"no order {order_id} is confirmed yet", status=404) from None
    return json.loads(found["Body"].read())
