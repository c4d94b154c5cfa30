import asyncio


async def look_up(number):
    await asyncio.sleep(0.01)
    return number


async def run(wanted):
    coroutines = [look_up(item["number"]) for item in wanted]
    return await asyncio.gather(*coroutines, return_exceptions=True)  # HS431


def handler(event, context):
    return asyncio.run(run(event.get("tasks", [])))
