import asyncio

import aiohttp


async def fetch(url):
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:  # HS401
        async with session.get(url) as response:
            return response.status


async def fetch_all(urls):
    return await asyncio.gather(*[fetch(url) for url in urls])


def handler(event, context):
    return asyncio.run(fetch_all(event["urls"]))
