"""A shop's function that makes everything lazily: users are validated, orders taken, products looked up (9.1.2)."""

import json
import logging
import os
import re
import time
from datetime import datetime

logger = logging.getLogger()
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))

SETTINGS = {
    "cache_ttl": int(os.environ.get("CACHE_TTL", "300")),
    "max_retry_attempts": int(os.environ.get("MAX_RETRY_ATTEMPTS", "3")),  # D52
}
EMAIL = re.compile(r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$")
PHONE = re.compile(r"^\+?[1-9]\d{1,14}$")

_pool = None
_cache = None
_request_count = 0


def get_pool():
    global _pool
    if _pool is None:
        import psycopg2.pool  # D11 D12

        _pool = psycopg2.pool.SimpleConnectionPool(  # D44 D45
            1,
            20,
            host=os.environ["DB_HOST"],  # D10
            database=os.environ["DB_NAME"],
            user=os.environ["DB_USER"],
            password=os.environ["DB_PASSWORD"],
        )
    return _pool


def get_cache():
    global _cache
    if _cache is None:
        import redis  # D11

        _cache = redis.Redis(
            host=os.environ["REDIS_HOST"],  # D10
            decode_responses=True,
            connection_pool_max_connections=10,  # D41
        )
    return _cache


def lambda_handler(event, context):
    global _request_count
    started = time.time()
    _request_count += 1
    action = event.get("action", "default")  # D48
    try:
        if action == "validate_user":
            result = validate_user(event)
        elif action == "process_order":
            result = process_order(event)
        elif action == "fetch_data":
            result = fetch_data(event)
        else:
            result = {"error": f"Unknown action: {action}"}  # D47
        body = {
            "success": True,
            "data": result,
            "metadata": {
                "processing_time_ms": (time.time() - started) * 1000,  # D53
                "cold_start": _request_count == 1,  # D54
                "timestamp": datetime.utcnow().isoformat(),  # D53
            },
        }
        return {"statusCode": 200, "body": json.dumps(body)}
    except Exception as e:
        logger.error(f"request failed: {e}")
        return {"statusCode": 500, "body": json.dumps({"success": False, "error": str(e)})}  # D46


def validate_user(event):
    email, phone = event.get("email", ""), event.get("phone", "")
    email_valid = bool(EMAIL.match(email))  # D50
    phone_valid = bool(PHONE.match(phone))  # D50
    return {"email_valid": email_valid, "phone_valid": phone_valid, "overall_valid": email_valid and phone_valid}


def process_order(event):
    connection = get_pool().getconn()  # D42
    cursor = connection.cursor()
    cursor.execute(  # D55
        "INSERT INTO orders (user_id, amount, status) VALUES (%s, %s, %s) RETURNING id",
        (event.get("user_id"), event.get("amount"), "pending"),
    )
    order_id = cursor.fetchone()[0]
    connection.commit()  # D43
    cursor.close()
    get_pool().putconn(connection)
    return {"order_id": order_id, "created_at": datetime.utcnow().isoformat()}  # D53


def fetch_data(event):
    key = event.get("key")
    try:
        cached = get_cache().get(f"data:{key}")
        if cached:
            return {"data": json.loads(cached), "source": "cache"}
        data = fetch_from_database(key)
        get_cache().setex(f"data:{key}", SETTINGS["cache_ttl"], json.dumps(data))
        return {"data": data, "source": "database"}
    except Exception as e:
        logger.warning(f"Cache error: {e}")
        return {"data": fetch_from_database(key), "source": "database_fallback"}  # D51


def fetch_from_database(key):
    return f"data_for_{key}"
