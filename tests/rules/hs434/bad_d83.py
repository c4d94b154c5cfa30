import asyncio

import aiohttp
import requests


async def fetch(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            text = await response.text()  # HS434
            return {"status": response.status, "size": len(text)}


def handler(event, context):
    page = requests.get(event["page"], timeout=3)
    return [asyncio.run(fetch(event["url"])), len(page.content)]  # HS434
