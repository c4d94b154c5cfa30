from time import time


def handler(event, context):
    begin = time()
    for item in event["items"]:
        item["done"] = True
    end = time()
    return {"seconds": end - begin}  # HS422
