"""The course's function (9.1.2) as bench/orders.py runs it: everything made lazily in the handler, faults as 500 dicts.

Its client bugs are mended, so that it does its work: the argument of ``Redis`` (D41), connections go back to the pool
and are rolled back (D42, D43), ``fullmatch`` and the optional phone (D50), a cache that may take no write (D51). Its
duties are those of examples/orders: real reads, an insert by an idempotency key, a receipt. Its way is as it was.
"""
# ruff: noqa: PLC0415, PLW0603, TRY400

import json
import logging
import os
import re
import time
from datetime import UTC, datetime

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))

_db_pool = None
_redis_client = None
_s3_client = None
_request_count = 0

EMAIL = re.compile(r"[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}")
PHONE = re.compile(r"\+?[1-9][0-9]{1,14}")


def get_db_pool():
    global _db_pool
    if _db_pool is None:
        import psycopg2.pool

        _db_pool = psycopg2.pool.SimpleConnectionPool(1, 20, os.environ["DATABASE_URL"])
    return _db_pool


def get_redis_client():
    global _redis_client
    if _redis_client is None:
        import redis

        _redis_client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, max_connections=10)
    return _redis_client


def get_s3_client():
    global _s3_client
    if _s3_client is None:
        import boto3

        _s3_client = boto3.client("s3")
    return _s3_client


def lambda_handler(event, context):
    global _request_count
    _request_count += 1
    started = time.time()
    action = event.get("action", "default")
    logger.info(f"Processing {action}, {context.get_remaining_time_in_millis()} ms remaining")
    try:
        if action == "validate_user":
            result = validate_user(event)
        elif action == "process_order":
            result = process_order(event)
        elif action == "fetch_data":
            result = fetch_data(event)
        else:
            result = {"error": f"Unknown action: {action}"}
        body = {
            "success": True,
            "data": result,
            "metadata": {
                "request_id": context.aws_request_id,
                "processing_time_ms": (time.time() - started) * 1000,
                "cold_start": _request_count == 1,
                "timestamp": datetime.now(UTC).isoformat(),
            },
        }
        return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
    except Exception as e:
        logger.error(f"Error processing request: {e}")
        return {"statusCode": 500, "body": json.dumps({"success": False, "error": str(e)})}


def validate_user(event):
    email, phone = event.get("email", ""), event.get("phone")
    email_valid = bool(EMAIL.fullmatch(email))
    phone_valid = phone is None or bool(PHONE.fullmatch(phone))
    return {"email_valid": email_valid, "phone_valid": phone_valid, "overall_valid": email_valid and phone_valid}


def process_order(event):
    items = event["items"]
    pool = get_db_pool()
    connection = pool.getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT key, price_cents FROM products WHERE key = ANY(%s)", ([item["product"] for item in items],)
            )
            prices = dict(cursor.fetchall())
            total_cents = sum(prices[item["product"]] * item["quantity"] for item in items)
            cursor.execute(
                "INSERT INTO orders (idempotency_key, user_id, items, total_cents) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (idempotency_key) DO NOTHING RETURNING id, created_at",
                (event["idempotency_key"], event["user_id"], json.dumps(items), total_cents),
            )
            row = cursor.fetchone()
            if row is None:
                cursor.execute(
                    "SELECT id, created_at FROM orders WHERE idempotency_key = %s", (event["idempotency_key"],)
                )
                row = cursor.fetchone()
        connection.commit()
    except Exception:
        connection.rollback()
        raise
    finally:
        pool.putconn(connection)
    receipt = {"order_id": row[0], "items": items, "total_cents": total_cents, "created_at": row[1].isoformat()}
    key = f"receipts/{row[0]}.json"
    get_s3_client().put_object(
        Bucket=os.environ["RECEIPTS_BUCKET"],
        Key=key,
        Body=json.dumps(receipt).encode(),
        ContentType="application/json",
    )
    return {"order_id": row[0], "total_cents": total_cents, "receipt": key}


def fetch_data(event):
    key = event["key"]
    try:
        cached = get_redis_client().get(f"data:{key}")
        if cached is not None:
            return {"data": json.loads(cached), "source": "cache"}
    except Exception as e:
        logger.warning(f"Cache error: {e}")
    data = read_product(key)
    try:
        get_redis_client().setex(f"data:{key}", int(os.environ.get("CACHE_TTL", "300")), json.dumps(data))
    except Exception as e:
        logger.warning(f"Cache error: {e}")
    return {"data": data, "source": "database"}


def read_product(key):
    pool = get_db_pool()
    connection = pool.getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, price_cents FROM products WHERE key = %s", (key,))
            row = cursor.fetchone()
        connection.commit()
    except Exception:
        connection.rollback()
        raise
    finally:
        pool.putconn(connection)
    return row and {"name": row[0], "price_cents": row[1]}
