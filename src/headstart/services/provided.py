"""Gives a function the servers that it needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from headstart.model.progress import Progress
from headstart.model.services import ServiceNeeds
from headstart.services import aws_endpoint, contents, postgresql, redis_server
from headstart.services.in_thread import in_thread
from headstart.services.running import running

_ENVIRONMENTS: Final[Mapping[str, Callable[[str], dict[str, str]]]] = {
    "postgres": postgresql.environment,
    "redis": redis_server.environment,
    "aws": aws_endpoint.environment,
}


@asynccontextmanager
async def provided(
    needs: ServiceNeeds, *, password: str, region: str, progress: Progress
) -> AsyncIterator[dict[str, str]]:
    """The environment variables of a function that needs ``needs``; what was started for it is stopped in the end.

    Raises:
        RequestError: a server is not installed, or cannot be filled as asked.
        ServiceError: a server does not start.
    """
    variables: dict[str, str] = {}
    for name, url in needs.urls.items():
        variables |= _ENVIRONMENTS[name](url)
    async with AsyncExitStack() as stack:
        if needs.to_start:
            stage = f"starting {', '.join(needs.to_start)}"
            progress.start(stage)
            try:
                services = await stack.enter_async_context(in_thread(running(needs.to_start, password=password)))
                await asyncio.to_thread(contents.fill, needs, services.environment, region=region)
            finally:
                progress.finish(stage)
            variables |= services.environment
        variables.pop("AWS_DEFAULT_REGION", None)  # Lambda sets it itself
        yield variables


@asynccontextmanager
async def provided_alike(
    needs: ServiceNeeds, *, password: str, region: str, progress: Progress
) -> AsyncIterator[dict[str, str]]:
    """As ``provided``; what is started gives out the same identities each time."""
    async with provided(needs, password=password, region=region, progress=progress) as variables:
        if "aws" in needs.to_start:
            await asyncio.to_thread(aws_endpoint.repeat_identities, variables["AWS_ENDPOINT_URL"])
        yield variables
