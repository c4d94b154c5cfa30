import json
import logging
import os

import psycopg2

logger = logging.getLogger()
connection = psycopg2.connect(os.environ["DATABASE_URL"])


def handler(event, context):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT total_cents FROM orders WHERE id = %s", (event["id"],))
            return {"statusCode": 200, "body": json.dumps(cursor.fetchone())}
    except Exception as error:
        logger.error("failed: %s", error)
        return {"statusCode": 500, "body": json.dumps({"success": False, "error": str(error)})}  # HS417
