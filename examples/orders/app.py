"""A shop's function with three actions: check what a new user enters, take an order, look up a product."""

import json
from typing import Annotated, TypedDict

from psycopg2.errors import ForeignKeyViolation

from headstart_kit import (
    Email,
    Length,
    Pattern,
    Range,
    UserError,
    actions,
    boto3_client,
    log,
    postgres,
    read_settings,
    read_through,
    redis_cache,
)

Key = Annotated[str, Pattern(r"[\x21-\x7e]{1,64}", what="1 to 64 printable ASCII characters without a space")]
UserId = Annotated[int, Range(1)]
Phone = Annotated[str, Pattern(r"\+[1-9][0-9]{6,14}", what="a phone number such as +14155550100")]
COLUMNS = "id, user_id, items, total_cents, created_at"


class Item(TypedDict):
    """How many of a product are ordered."""

    product: Key
    quantity: Annotated[int, Range(1, 1_000)]


class Settings:
    """Beside DATABASE_URL and REDIS_URL, which the kit reads."""

    receipts_bucket: str
    cache_ttl_s: float = 300.0
    negative_cache_ttl_s: float = 30.0


# In init, where Lambda lends a whole vCPU, all is loaded that the first request may need; README.md has the figures.
settings = read_settings(Settings)
database = postgres()
cache = redis_cache(eager=True)
s3 = boto3_client("s3", eager=True)
handler = actions()


@handler.action
def validate_user(email: Email, phone: Phone | None = None) -> dict:
    """What a new user entered; what is wrong with it, the annotations say."""
    log.info("a user is valid", has_phone=phone is not None)
    return {"email": email, "phone": phone, "valid": True}


@handler.action
def process_order(*, idempotency_key: Key, user_id: UserId, items: Annotated[list[Item], Length(1, 100)]) -> dict:
    """Take an order and write its receipt. The same order again: its receipt is written again, and nothing else."""
    try:
        with database as connection, connection.cursor() as cursor:
            order = taken(cursor, idempotency_key, user_id=user_id, items=items)
    except ForeignKeyViolation:
        raise UserError(f"there is no user {user_id}", status=422) from None
    receipt = f"receipts/{order['order_id']}.json"
    body = json.dumps(order).encode()
    s3().put_object(Bucket=settings.receipts_bucket, Key=receipt, Body=body, ContentType="application/json")
    log.info("an order is taken", order_id=order["order_id"])
    return {"order_id": order["order_id"], "total_cents": order["total_cents"], "receipt": receipt}


def taken(cursor, key: str, *, user_id: int, items: list[Item]) -> dict:
    """The order of this key: a new one, or else the one that is there."""
    row = add(cursor, key, user_id=user_id, items=items) or find(cursor, key)
    if row is None:
        raise UserError(f"there is no product {', '.join(unknown(cursor, items))}", status=422)
    order = dict(zip(("order_id", "user_id", "items", "total_cents", "created_at"), row, strict=True))
    if (order["user_id"], order["items"]) != (user_id, items):
        raise UserError(f"{key} is the key of another order; give each its own", status=409)
    return order | {"created_at": order["created_at"].isoformat()}


def add(cursor, key: str, *, user_id: int, items: list[Item]) -> tuple | None:
    """The row of a new order at today's prices; None if the key has one, or a product has no price."""
    cursor.execute(
        f"""
        INSERT INTO orders (idempotency_key, user_id, items, total_cents)
        SELECT %(key)s, %(user_id)s, %(items)s::jsonb, sum(price_cents * quantity)
        FROM jsonb_to_recordset(%(items)s::jsonb) AS item (product text, quantity integer)
        JOIN products ON products.key = item.product
        HAVING count(*) = jsonb_array_length(%(items)s::jsonb)
        ON CONFLICT (idempotency_key) DO NOTHING
        RETURNING {COLUMNS}
        """,
        {"key": key, "user_id": user_id, "items": json.dumps(items)},
    )
    return cursor.fetchone()


def find(cursor, key: str) -> tuple | None:
    """The row of the order that the key has."""
    cursor.execute(f"SELECT {COLUMNS} FROM orders WHERE idempotency_key = %s", [key])
    return cursor.fetchone()


def unknown(cursor, items: list[Item]) -> list[str]:
    """Which of the ordered products are not there."""
    wanted = {item["product"] for item in items}
    cursor.execute("SELECT key FROM products WHERE key = ANY(%s)", [list(wanted)])
    return sorted(wanted - {key for (key,) in cursor.fetchall()})


@handler.action
def fetch_data(key: Key) -> dict:
    """A product by its key."""
    found = product(key)
    if found is None:
        raise UserError(f"there is no product {key}", status=404)
    return {"key": key, **found}


@read_through(cache, ttl_s=settings.cache_ttl_s, negative_ttl_s=settings.negative_cache_ttl_s)
def product(key: str) -> dict | None:
    """A product as PostgreSQL has it."""
    with database as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, price_cents FROM products WHERE key = %s", [key])
        row = cursor.fetchone()
    log.info("a product is read from the database", key=key)
    return row and {"name": row[0], "price_cents": row[1]}
