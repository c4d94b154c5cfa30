import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as response:
        return response.status


async def fetch_all(urls):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))


def handler(event, context):
    return asyncio.run(fetch_all(event["urls"]))
