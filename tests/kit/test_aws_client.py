"""A client does what boto3's does, waits no longer than the deadline allows, and costs less to make."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import botocore.loaders
import pytest

from headstart_kit import aws_session, deadline
from headstart_kit.aws_client import boto3_client, make_client
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError
from headstart_kit.resources import Resource

KIT = Path(__file__).parents[2] / "kit/src"
MORE_THAN_ENOUGH_S = (100.0, 100.0)


@pytest.fixture
def options(aws_environment: dict[str, str]) -> dict[str, str]:
    return {
        "endpoint_url": aws_environment["AWS_ENDPOINT_URL"],
        "region_name": aws_environment["AWS_DEFAULT_REGION"],
        "aws_access_key_id": aws_environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": aws_environment["AWS_SECRET_ACCESS_KEY"],
    }


@pytest.fixture
def ours(options: dict[str, str]) -> Resource[Any]:
    return boto3_client("s3", **options)


@pytest.fixture
def within_ms() -> Iterator[Callable[[float], None]]:
    """Begin an invocation that has so many ms left."""
    before = deadline.current()
    yield lambda ms: deadline.begin(Deadline(ms, margin_ms=0)) and None
    deadline.begin(before)


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_it_is_made_at_first_use_and_once(ours: Resource[Any]):
    assert not ours.is_made
    assert ours() is ours()


def test_it_does_what_boto3s_does(ours: Resource[Any], bucket: str):
    s3 = ours()
    s3.put_object(Bucket=bucket, Key="key", Body=b"body")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"body"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == ["key"]
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="key")
    assert bucket in s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="none")
    with pytest.raises(AttributeError, match="no attribute 'get_nothing'"):
        _ = s3.get_nothing


def test_s3s_transfer_methods_are_there(ours: Resource[Any], bucket: str, tmp_path: Path):
    s3 = ours()
    s3.upload_fileobj(io.BytesIO(b"one"), bucket, "one")
    (tmp_path / "two").write_bytes(b"two")
    s3.upload_file(str(tmp_path / "two"), bucket, "two")
    s3.copy({"Bucket": bucket, "Key": "two"}, bucket, "three")
    s3.download_file(bucket, "three", str(tmp_path / "three"))
    got = io.BytesIO()
    s3.download_fileobj(bucket, "one", got)
    assert (got.getvalue(), (tmp_path / "three").read_bytes()) == (b"one", b"two")


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "ssm", "lambda", "stepfunctions", "cloudwatch", "sts", "sns"])
def test_other_services_have_the_same_methods(service: str, options: dict[str, str]):
    theirs, ours = boto3.client(service, **options), boto3_client(service, **options)()
    assert dir(ours) == dir(theirs)
    assert ours.meta.endpoint_url == theirs.meta.endpoint_url
    assert ours.meta.service_model.metadata == theirs.meta.service_model.metadata


def test_a_service_that_does_not_exist_is_named_with_those_that_do(options: dict[str, str]):
    with pytest.raises(
        botocore.exceptions.UnknownServiceError, match=r"'s4'. Valid service names are: accessanalyzer|a"
    ):
        boto3_client("s4", **options)()


def test_models_are_read_as_botocore_reads_them(tmp_path: Path):
    botocores, ours = botocore.loaders.JSONFileLoader(), aws_session._PlainFiles()
    data = Path(botocore.loaders.Loader.BUILTIN_DATA_PATH)
    (tmp_path / "own.json").write_text('{"a": [1]}')
    for path in [str(data / "sqs/2012-11-05/service-2"), str(data / "endpoints"), str(tmp_path / "own")]:
        assert ours.exists(path)
        assert json.dumps(ours.load_file(path)) == json.dumps(botocores.load_file(path))
    assert not ours.exists(str(data / "none"))
    assert ours.load_file(str(data / "none")) is None


def test_what_is_usual_and_what_is_given(options: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    usual = boto3_client("s3", **options)().meta.config
    assert (usual.connect_timeout, usual.read_timeout, usual.tcp_keepalive) == (1.0, 10.0, True)
    assert (usual.retries["mode"], usual.retries["total_max_attempts"]) == ("standard", 3)
    given = boto3_client("s3", **options, config=botocore.config.Config(read_timeout=7))().meta.config
    assert (given.connect_timeout, given.read_timeout) == (1.0, 7)
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    environment = boto3_client("s3", **options)().meta.config.retries
    assert (environment["mode"], environment["total_max_attempts"]) == ("adaptive", 5)


def test_one_that_never_answers_is_given_up_at_the_deadline(options, black_hole: str, within_ms):
    client = make_client("s3", timeouts_s=MORE_THAN_ENOUGH_S, options=options | {"endpoint_url": black_hole})
    within_ms(300)
    begun = time.monotonic()
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        client.get_object(Bucket="bucket", Key="key")
    assert time.monotonic() - begun < 20
    with pytest.raises(DeadlineError, match="a call to AWS"):
        client.get_object(Bucket="bucket", Key="key")


def test_what_fails_is_tried_again_while_there_is_time(options: dict[str, str], within_ms):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    client = make_client("s3", timeouts_s=(1, 1), options=options | {"endpoint_url": url})
    attempts: list[object] = []
    client.meta.events.register("before-send", lambda request, **_: attempts.append(request))
    within_ms(60_000)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client.get_object(Bucket="bucket", Key="key")
    assert len(attempts) == 3
    attempts.clear()
    within_ms(900)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client.get_object(Bucket="bucket", Key="key")
    assert len(attempts) == 1


def test_connections_are_used_again(ours: Resource[Any], bucket: str):
    s3 = ours()
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"body")
    (pool,) = [pool for _, pool in s3._endpoint.http_session._manager.pools._container.items()]
    assert pool.num_connections == 1


def test_a_forked_process_makes_its_own(ours: Resource[Any], bucket: str):
    parent = ours()
    parent.put_object(Bucket=bucket, Key="key", Body=b"parent")
    pid = os.fork()
    if pid == 0:
        try:
            body = ours().get_object(Bucket=bucket, Key="key")["Body"].read()
            os._exit(0 if body == b"parent" and ours() is not parent else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert ours() is parent


def test_boto3_is_not_loaded_before_it_is_needed(aws_environment: dict[str, str], bucket: str):
    probe = f"""
import sys
from headstart_kit.aws_client import boto3_client
s3 = boto3_client("s3")
s3().put_object(Bucket={bucket!r}, Key="key", Body=b"x")
assert "boto3" not in sys.modules and "s3transfer" not in sys.modules
s3().upload_file(sys.executable, {bucket!r}, "python")
assert "boto3" in sys.modules
"""
    environ = {"PYTHONPATH": str(KIT), "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"}
    subprocess.run([sys.executable, "-c", probe], env=environ | aws_environment, check=True, timeout=60)


def test_it_stays_in_a_snapshot_and_its_connections_do_not(aws_environment: dict[str, str], bucket: str):
    probe = f"""
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
from headstart_kit.aws_client import boto3_client
s3 = boto3_client("s3")
assert s3.is_made
client = s3()
client.put_object(Bucket={bucket!r}, Key="key", Body=b"x")
pools = client._endpoint.http_session._manager.pools
assert len(pools) == 1
run_before_snapshot()
assert len(pools) == 0
run_after_restore()
assert s3() is client
client.get_object(Bucket={bucket!r}, Key="key")
"""
    environ = {
        "PYTHONPATH": os.pathsep.join([str(KIT), *sys.path]),
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
    }
    subprocess.run([sys.executable, "-c", probe], env=environ | aws_environment, check=True, timeout=60)
