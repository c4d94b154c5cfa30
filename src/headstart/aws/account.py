"""Clients of one region of an AWS account, made by boto3, which is imported at first use."""

import importlib.util
from functools import cached_property, partial
from typing import Any, Final

from headstart.aws import faults, threads
from headstart.errors import ExtraMissingError
from headstart.model import limits

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 60
_ATTEMPTS: Final = 5
# How long an answer may take beyond the longest invocation.
_GRACE_S: Final = 30
_IAM_ACTIONS: Final = {"Invoke": "InvokeFunction"}


class Client:
    """A client of boto3 whose errors are ours, and whose calls do not hold up the event loop."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def request(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send ``operation``, named as boto3 names it, and block until it is answered.

        Raises:
            AwsError: AWS refused, or was not reached.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            answer: dict[str, Any] = getattr(self._raw, operation)(**parameters)
        except (BotoCoreError, ClientError) as error:
            raise faults.explained(error, self._iam_action(operation)) from None
        return answer

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send ``operation``; when cancelled, only after it was answered.

        Raises:
            AwsError: AWS refused, or was not reached.
        """
        return await threads.to_its_end(threads.abandonable(partial(self.request, operation, **parameters)))

    async def pages(self, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """What all pages of the answer to ``operation`` have under ``key``, in order."""
        found: list[dict[str, Any]] = []
        marker: dict[str, str] = {}
        while True:
            answer = await self.call(operation, **parameters, **marker)
            found += answer.get(key, [])
            if not answer.get("NextMarker"):
                return found
            marker = {"Marker": answer["NextMarker"]}

    def _iam_action(self, operation: str) -> str:
        name = self._raw.meta.method_to_api_mapping[operation]
        return f"{self._raw.meta.service_model.service_name}:{_IAM_ACTIONS.get(name, name)}"


class Account:
    """Clients of what ``headstart`` uses of AWS, with the credentials and endpoints that boto3 finds.

    ``region``: where it is not the one that boto3 finds.

    Raises:
        ExtraMissingError: boto3 is not installed.
        AwsError: no region is set, or the profile that is set is not there.
    """

    def __init__(self, region: str | None = None) -> None:
        if importlib.util.find_spec("boto3") is None:
            raise ExtraMissingError(
                "functions on AWS need boto3, which is not installed: pip install 'headstart[aws]'",
                hint="pip install 'headstart[aws]'",
            )
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        try:
            self._session = boto3.session.Session(region_name=region)
            found = self._session.region_name
        except BotoCoreError as error:
            raise faults.explained(error, "") from None
        if not found:
            raise faults.no_region()
        self.region: str = found

    @cached_property
    def functions(self) -> Client:
        """Lambda, for everything but invocations; throttles are retried."""
        return self._client("lambda", attempts=_ATTEMPTS, read_timeout_s=_READ_TIMEOUT_S)

    @cached_property
    def invocations(self) -> Client:
        """Lambda, for invocations: each is sent once, whatever becomes of it."""
        return self._client("lambda", attempts=1, read_timeout_s=limits.TIMEOUT_S_MAX + _GRACE_S)

    @cached_property
    def logs(self) -> Client:
        """CloudWatch Logs."""
        return self._client("logs", attempts=_ATTEMPTS, read_timeout_s=_READ_TIMEOUT_S)

    @cached_property
    def objects(self) -> Client:
        """S3."""
        return self._client("s3", attempts=_ATTEMPTS, read_timeout_s=_READ_TIMEOUT_S)

    def _client(self, service: str, *, attempts: int, read_timeout_s: int) -> Client:
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        settings = Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s,
            retries={"mode": "standard", "total_max_attempts": attempts},
            tcp_keepalive=True,
        )
        try:
            return Client(self._session.client(service, config=settings))
        except (BotoCoreError, ValueError) as error:  # an endpoint that is no URL is a ValueError
            raise faults.explained(error, service) from None
