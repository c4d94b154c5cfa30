"""What tests of every folder may ask for."""

import signal

import pytest
from aws_endpoint_fixture import aws_endpoint, no_aws_account  # noqa: F401 (fixtures, found by name)
from services_fixture import (  # noqa: F401 (fixtures, found by name)
    aws_client,
    aws_environment,
    bucket,
    database_url,
    own_services,
    redis_url,
    s3,
    services,
)

# A shell starts what runs in its background with SIGINT ignored, and so would be every process of a test on interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def room_beside_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory size beyond what the tests' own process holds: above their limit batches collect garbage each time."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "4096")
