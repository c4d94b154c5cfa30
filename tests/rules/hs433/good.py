import asyncio

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


async def work(items):
    await asyncio.sleep(0)
    return len(items)


def apart(items):
    own = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(own)
        return own.run_until_complete(work(items))
    finally:
        asyncio.set_event_loop(None)
        own.close()


def handler(event, context):
    return [loop.run_until_complete(work(event["items"])), apart([])]
