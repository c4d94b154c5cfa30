"""[services]: what a function needs is there before it runs, and gone after it."""

import json
from pathlib import Path

import boto3
import psutil
import psycopg
import pytest
from msgspec.structs import replace
from psycopg import OperationalError

from headstart.errors import ConfigError
from headstart.infra import config_file
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.measure.check import CheckOptions
from headstart.model.invocation import Event
from headstart.report import as_html, as_json

# What it can without a package: it connects to each, and says what its environment is.
FUNCTION = """
import os
import socket
import urllib.request
from urllib.parse import urlsplit


def handler(event, context):
    for name in event:
        url = urlsplit(os.environ[name])
        socket.create_connection((url.hostname, url.port), timeout=5).close()
    return dict(os.environ)
"""
SERVICES = """
[services]
postgres = true
setup = "setup.sql"
redis = true
aws = true
buckets = ["receipts"]
queues = ["orders", "late.fifo"]
objects = "objects"
"""


class Stages:
    """Remembers what is under way."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.under_way: list[str] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.begun.append(stage)
        self.under_way.append(stage)

    def advance(self, stage: str, steps: int = 1) -> None: ...

    def finish(self, stage: str) -> None:
        self.under_way.remove(stage)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(FUNCTION)
    (tmp_path / "setup.sql").write_text("CREATE TABLE orders (id int);\nINSERT INTO orders VALUES (7);\n")
    (tmp_path / "objects/records/2026").mkdir(parents=True)
    (tmp_path / "objects/records/2026/in.jsonl").write_text("{}")
    return tmp_path


def project(folder: Path, text: str) -> Project:
    (folder / "headstart.toml").write_text(text)
    return config_file.read(folder)


def servers() -> list[str]:
    """The servers that this process has started."""
    names = (process.name() for process in psutil.Process().children(recursive=True))
    return [name for name in names if name in ("postgres", "redis-server")]


async def test_the_servers_are_filled_reached_from_the_sandbox_and_gone_in_the_end(folder):
    stages, before = Stages(), servers()
    async with Lab(stages) as lab:
        invoker = await lab.invoker(project(folder, f"[function]\nregion = 'eu-central-1'\n{SERVICES}"))
        assert (stages.begun[0], stages.under_way) == ("starting postgres, redis, aws", [])
        needed = ["DATABASE_URL", "REDIS_URL", "AWS_ENDPOINT_URL"]
        report = await invoker.invoke(Event(json.dumps(needed).encode()))
        assert report.succeeded, report.outcome
        variables = json.loads(report.outcome.payload)
        assert (variables["AWS_REGION"], variables["AWS_DEFAULT_REGION"]) == ("eu-central-1", "eu-central-1")
        with psycopg.connect(variables["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT id FROM orders").fetchall() == [(7,)]
        session = boto3.Session(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
        s3, sqs = (
            session.client(name, endpoint_url=variables["AWS_ENDPOINT_URL"], region_name="eu-central-1")
            for name in ("s3", "sqs")
        )
        assert {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} == {"receipts", "records"}
        assert s3.get_bucket_location(Bucket="receipts")["LocationConstraint"] == "eu-central-1"
        assert s3.get_object(Bucket="records", Key="2026/in.jsonl")["Body"].read() == b"{}"
        assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["orders", "late.fifo"]
    assert servers() == before
    with pytest.raises(OperationalError):
        psycopg.connect(variables["DATABASE_URL"])


async def test_the_functions_own_variables_win(folder):
    text = "[function]\nenvironment = { REDIS_URL = 'redis://mine', TABLE = 'orders' }\n[services]\nredis = true"
    async with Lab() as lab:
        report = await (await lab.invoker(project(folder, text))).invoke(Event(b"[]"))
    variables = json.loads(report.outcome.payload)
    assert (variables["REDIS_URL"], variables["TABLE"]) == ("redis://mine", "orders")


async def test_a_variable_that_a_template_leaves_open_is_the_services(folder):
    text = "[function]\nenvironment = { REDIS_URL = 'rediss://Cache', TABLE = 'Table' }\n[services]\nredis = true"
    template_project = replace(project(folder, text), open_variables=frozenset({"REDIS_URL", "TABLE"}))
    async with Lab() as lab:
        report = await (await lab.invoker(template_project)).invoke(Event(b'["REDIS_URL"]'))
    variables = json.loads(report.outcome.payload)
    assert variables["REDIS_URL"].startswith("redis://:")
    assert variables["TABLE"] == "Table"


async def test_a_server_of_the_users_own_is_not_touched(folder, services):
    url = services.environment["REDIS_URL"]
    before = servers()
    async with Lab() as lab:
        invoker = await lab.invoker(project(folder, f"[services]\nredis = '{url}'"))
        assert servers() == before
        report = await invoker.invoke(Event(b'["REDIS_URL"]'))
        assert report.succeeded, report.outcome
        assert json.loads(report.outcome.payload)["REDIS_URL"] == url
    assert services["redis"].is_running


async def test_sql_that_fails_is_said_with_its_line_and_nothing_stays(folder):
    (folder / "setup.sql").write_text("CREATE TABLE orders (id int);\nINSERT INTO orders VALUES ('x');\n")
    before = servers()
    async with Lab() as lab:
        with pytest.raises(ConfigError) as caught:
            await lab.invoker(project(folder, "[services]\npostgres = true\nsetup = 'setup.sql'"))
    assert "setup.sql:2: ERROR:  invalid input syntax for type integer" in caught.value.message
    assert caught.value.hint == f"correct {folder / 'setup.sql'}"
    assert servers() == before


@pytest.mark.slow
async def test_a_check_has_them_as_well_and_its_reports_say_no_secret(folder):
    text = "[services]\nredis = true\n[[events]]\npayload = ['REDIS_URL']"
    async with Lab() as lab:
        results = await lab.check_against(
            *(project(folder, text) for _ in range(2)), options=CheckOptions(runs=1, allocations=False)
        )
    assert [result.cold_start.failures for result in results] == [(), ()]
    for result in results:
        assert b"redis://" not in as_json.encode(result)
        assert "redis://" not in as_html.render(result)
