"""What tests of every folder may ask for."""

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
