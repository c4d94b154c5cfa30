import asyncio


async def fetch(name, semaphore):
    async with semaphore:
        await asyncio.sleep(0.01)
        return name


async def run(names):
    semaphore = asyncio.Semaphore(10)
    return await asyncio.gather(*(fetch(name, semaphore) for name in names))


def handler(event, context):
    return asyncio.run(run(event["names"]))
