import asyncio

TABLES = ("users", "orders")


async def count(table, user_id):
    await asyncio.sleep(0.01)
    return len(table) + user_id


async def run(event):
    first, second = await asyncio.gather(count("users", event["id"]), count("orders", event["id"]))
    others = await asyncio.gather(*[count(table, event["id"]) for table in TABLES])
    for start in range(0, len(event["all"]), 10):
        batch = event["all"][start : start + 10]
        await asyncio.gather(*[count(name, 0) for name in batch])
    for batch in event["batches"]:
        await asyncio.gather(*[count(name, 0) for name in batch])
    names = event["names"]
    if len(names) > 20:
        raise ValueError("at most 20 names")
    return [first, second, *others, *await asyncio.gather(*[count(name, 0) for name in names])]


def handler(event, context):
    return asyncio.run(run(event))
