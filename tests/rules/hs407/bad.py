import http.client
import smtplib
import socket
import urllib.request

import psycopg2
import requests

session = requests.Session()
connection = psycopg2.connect(host="db", dbname="orders")  # HS407


def handler(event, context):
    requests.get(event["url"])  # HS407
    session.post(event["url"], json={})  # HS407
    requests.request("GET", event["url"], timeout=None)  # HS407
    urllib.request.urlopen(event["url"])  # HS407
    http.client.HTTPSConnection("example.com").request("GET", "/")  # HS407
    socket.create_connection(("example.com", 443))  # HS407
    smtplib.SMTP("mail")  # HS407
