import asyncio
import urllib.request

import aiohttp

LIMIT_BYTES = 1_000_000


async def fetch(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return len(await response.content.read(LIMIT_BYTES))


async def known(currency):
    url = f"https://api.example.com/rates/{currency}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.json()


def handler(event, context):
    with urllib.request.urlopen(event["url"]) as response:
        first = response.read(LIMIT_BYTES)
    return [len(first), asyncio.run(fetch(event["url"])), asyncio.run(known(event["currency"]))]
