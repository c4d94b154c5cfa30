"""Fills the servers that were started: SQL for PostgreSQL; buckets, objects and queues for the endpoint of AWS."""

import importlib
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from headstart.errors import ConfigError
from headstart.model.services import ServiceNeeds
from headstart.services import postgresql

# The one that S3 is never told as a location.
_FIRST_REGION: Final = "us-east-1"
Client = Callable[[str], Any]


def fill(needs: ServiceNeeds, variables: Mapping[str, str], *, region: str) -> None:
    """Put into the servers, whose clients need ``variables``, what ``needs`` names.

    Raises:
        ConfigError: a statement of the setup failed, or a file could not be read.
    """
    if needs.setup is not None:
        _run_sql(needs.setup, variables)
    if needs.buckets or needs.queues or needs.objects:
        client = _clients(variables, region=region)
        files = _files(needs.objects) if needs.objects else []
        _make_buckets(client, [*needs.buckets, *(bucket for bucket, _, _ in files)], region=region)
        for bucket, key, file in files:
            client("s3").upload_file(str(file), bucket, key)
        for queue in needs.queues:
            attributes = {"FifoQueue": "true"} if queue.endswith(".fifo") else {}
            client("sqs").create_queue(QueueName=queue, Attributes=attributes)


def _run_sql(file: Path, variables: Mapping[str, str]) -> None:
    """Run the statements in ``file`` up to the first that fails, of which PostgreSQL tells the line."""
    psql = [str(postgresql.installed() / "bin/psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        [*psql, "--file", str(file)],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        raise ConfigError(f"setup failed: {done.stderr.decode(errors='replace').strip()}", hint=f"correct {file}")


def _clients(variables: Mapping[str, str], *, region: str) -> Client:
    boto3 = importlib.import_module("boto3")  # comes with moto, and so only with the extra
    session = boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )
    return lambda service: session.client(service, endpoint_url=variables["AWS_ENDPOINT_URL"])


def _files(folder: Path) -> list[tuple[str, str, Path]]:
    """Bucket, key and file of each object."""
    files = [(file, file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file()]
    return [(place.parts[0], Path(*place.parts[1:]).as_posix(), file) for file, place in files]


def _make_buckets(client: Client, buckets: Sequence[str], *, region: str) -> None:
    location = {} if region == _FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    for bucket in dict.fromkeys(buckets):
        client("s3").create_bucket(Bucket=bucket, **location)
