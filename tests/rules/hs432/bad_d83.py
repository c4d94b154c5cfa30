import asyncio
import urllib.request

import aiohttp


async def fetch(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:  # HS432
        return response.status


def handler(event, context):
    with urllib.request.urlopen(f"https://{event['host']}/health") as response:
        healthy = response.status == 200
    with urllib.request.urlopen(event["report_url"]) as report:  # HS432
        size = len(report.read(1000))
    return {"healthy": healthy, "size": size, "status": asyncio.run(fetch(event["url"]))}
