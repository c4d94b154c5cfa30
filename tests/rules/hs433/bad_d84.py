import asyncio


async def work(items):
    await asyncio.sleep(0)
    return len(items)


def handler(event, context):
    loop = asyncio.new_event_loop()  # HS433
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work(event["items"]))
    finally:
        loop.close()
