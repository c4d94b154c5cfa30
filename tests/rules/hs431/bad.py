import asyncio


async def fetch(name):
    await asyncio.sleep(0.01)
    return name


async def run(names):
    pending = []
    for name in names:
        pending.append(asyncio.create_task(fetch(name)))
    await asyncio.wait(pending)  # HS431
    return [each.result() for each in await asyncio.gather(*(fetch(name) for name in names))]  # HS431


def handler(event, context):
    return asyncio.run(run([record["name"] for record in event["Records"]]))
