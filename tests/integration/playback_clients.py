"""A handler that asks servers in the ways that Python code asks, each as its library does."""

import asyncio
import http.client
import os
import ssl
import urllib.request
from pathlib import Path

import aiohttp
import boto3
import httpx
import requests
import urllib3

PLAIN, TLS, AWS = os.environ["PLAIN"], os.environ["TLS"], os.environ["AWS"]
AUTHORITY = str(Path(__file__).parent / "authority.pem")
trusting = ssl.create_default_context(cafile=AUTHORITY)

REQUESTS = (
    ("GET", "/plain", None, {}),
    ("HEAD", "/plain", None, {}),
    ("GET", "/none", None, {}),
    ("GET", "/unchanged", None, {}),
    ("GET", "/chunked", None, {}),
    ("PUT", "/plain", b"x" * 3_000_000, {}),
    ("POST", "/plain", iter([b"one", b"two"]), {}),
    ("POST", "/plain", b"waits", {"Expect": "100-continue"}),
    ("GET", "/large", None, {}),
    ("GET", "/until_closed", None, {}),
    ("GET", "/cut", None, {}),
)


def by_http_client(connection: http.client.HTTPConnection) -> list[object]:
    """Status, size and beginning of each answer."""
    found: list[object] = []
    for method, path, body, headers in REQUESTS:
        connection.request(method, path, list(body) if hasattr(body, "__next__") else body, headers)
        answer = connection.getresponse()
        try:
            text = answer.read()
        except http.client.IncompleteRead as error:
            text = b"cut after " + error.partial
            connection.close()
        number = answer.getheader("etag") or answer.getheader("x-number")
        found.append([path, answer.status, len(text), text[:99].decode(), number])
    return found


def by_requests() -> list[object]:
    session = requests.Session()
    session.verify = AUTHORITY
    texts = [session.get(f"https://{TLS}{path}").text for path in ("/gzip", "/plain", "/chunked")]
    # Its boundary is another each time.
    return [*texts, session.post(f"https://{TLS}/plain", files={"a": b"1"}).text]


async def by_httpx() -> list[str]:
    async with httpx.AsyncClient(verify=trusting) as client:
        return [
            (await client.get(f"https://{TLS}/gzip")).text,
            (await client.post(f"https://{TLS}/plain", json=1)).text,
        ]


async def by_aiohttp() -> list[str]:
    async with aiohttp.ClientSession() as session:

        async def text(path: str) -> str:
            async with session.get(f"https://{TLS}{path}", ssl=trusting) as answer:
                return await answer.text()

        return [await text("/gzip"), await text("/plain"), await text("/chunked")]


def by_boto3() -> list[object]:
    options = {"endpoint_url": AWS, "aws_access_key_id": "x", "aws_secret_access_key": "y"}
    queue, store = boto3.client("sqs", **options), boto3.client("s3", **options)
    url = queue.create_queue(QueueName="orders")["QueueUrl"]
    sent = queue.send_message(QueueUrl=url, MessageBody="order")
    store.create_bucket(Bucket="receipts")
    store.put_object(Bucket="receipts", Key="last", Body=b"receipt" * 1000)
    found = store.get_object(Bucket="receipts", Key="last")
    return [sent["MessageId"], str(found["LastModified"]), len(found["Body"].read())]


def handler(event: dict[str, str], context: object) -> dict[str, object]:
    return {
        "http.client": by_http_client(http.client.HTTPConnection(PLAIN)),
        "http.client by TLS": by_http_client(http.client.HTTPSConnection(TLS, context=trusting)),
        "urllib": urllib.request.urlopen(f"https://{TLS}/chunked", context=trusting).read().decode(),
        "urllib3": urllib3.PoolManager(ca_certs=AUTHORITY).request("GET", f"https://{TLS}/plain").data.decode(),
        "requests": by_requests(),
        "httpx": httpx.get(f"http://{PLAIN}/gzip").text,
        "httpx, asynchronous": asyncio.run(by_httpx()),
        "aiohttp": asyncio.run(by_aiohttp()),
        "boto3": by_boto3(),
    }
