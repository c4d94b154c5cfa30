import threading

import boto3
import psycopg2
from redis import Redis

_s3 = None
_clients = {}
_connection = None
_lock = threading.Lock()


def s3():
    global _s3
    if _s3 is None:
        _s3 = boto3.client("s3")
    return _s3


def connection():
    global _connection
    if _connection is not None and not _connection.closed:
        return _connection
    _connection = psycopg2.connect("dbname=orders")
    return _connection


def queue(region):
    if region not in _clients:
        _clients[region] = boto3.client("sqs", region_name=region)
    return _clients[region]


def topic(region):
    client = _clients.get(("sns", region))
    if client is None:
        with _lock:
            client = boto3.client("sns")
            _clients["sns", region] = client
    return client


def table(name):
    try:
        return _clients[name]
    except KeyError:
        _clients[name] = found = boto3.resource("dynamodb").Table("orders")
        return found


def step_functions():
    if (client := _clients.get("sfn")) is not None:
        return client
    client = boto3.client("stepfunctions")
    _clients["sfn"] = client
    return client


def cache():
    if not hasattr(cache, "client"):
        cache.client = Redis(host="cache")
    return cache.client


def of_account(account):
    name = "client_of_" + account
    if not getattr(of_account, name, None):
        session = boto3.Session()
        setattr(of_account, name, session.client("sts"))
    return getattr(of_account, name)


def secrets():
    global _secrets
    try:
        return _secrets
    except NameError:
        _secrets = boto3.client("secretsmanager")
        return _secrets


def logs():
    globals()["_logs"] = globals().get("_logs") or boto3.client("logs")
    return globals()["_logs"]


class Mail:
    _client = None

    @property
    def client(self):
        if not self._client:
            session = boto3.Session()
            self._client = session.client("ses")
        return self._client

    @classmethod
    def shared(cls):
        cls._client = cls._client or boto3.client("ses")
        return cls._client


mail = Mail()


def handler(event, context):
    connection(), queue("eu-west-1"), topic("eu-west-1"), table("orders"), cache(), secrets(), logs(), step_functions()
    of_account("1")
    mail.client.list_identities()
    Mail.shared()
    return s3().list_buckets()
