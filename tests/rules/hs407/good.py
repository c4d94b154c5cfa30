import http.client
import os
import urllib.request

import httpx
import psycopg2
import requests
from requests.adapters import HTTPAdapter


class WithTimeout(HTTPAdapter):
    def send(self, request, **options):
        options.setdefault("timeout", 5)
        return super().send(request, **options)


session = requests.Session()
session.mount("https://", WithTimeout())
connection = psycopg2.connect(host="db", dbname="orders", connect_timeout=3)
other = psycopg2.connect("host=db dbname=orders connect_timeout=3")
TIMEOUT_S = float(os.environ.get("TIMEOUT", "3"))


def handler(event, context):
    options = {"timeout": 3}
    requests.get(event["url"], timeout=(3, 10))
    requests.get(event["url"], timeout=TIMEOUT_S)
    requests.get(event["url"], **options)
    session.get(event["url"])
    httpx.get(event["url"])
    urllib.request.urlopen(event["url"], None, 5)
    http.client.HTTPSConnection("example.com", timeout=3).request("GET", "/")


def by_hand():
    return requests.get("https://example.com")


if __name__ == "__main__":
    by_hand()
