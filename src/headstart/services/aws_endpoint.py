"""An endpoint for S3, SQS and other services of AWS on loopback: moto's server, in a process of its own."""

import importlib.util
import socket
import sys
import urllib.request
from typing import Final

from headstart.services.program import LOOPBACK, Place, Program, missing

_ANSWERS_WITHIN_S: Final = 1.0
_SEED: Final = 1
# Any will do: moto checks none. Without them boto3 would look for real ones.
_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def program(place: Place) -> Program:
    """The endpoint in ``place``. It holds everything in memory: what is stopped and started again is empty.

    Raises:
        ServiceMissingError: moto, or what its server needs, is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in ("moto", "flask", "werkzeug")):
        raise missing("the endpoint of AWS", needed="the package moto[server]")
    return Program(
        commands=((sys.executable, "-P", "-m", "moto.server", "-H", LOOPBACK, "-p", str(place.port)),),
        environment=environment(f"http://{LOOPBACK}:{place.port}"),
        accepts=lambda: _answers(place.port),
    )


def environment(url: str) -> dict[str, str]:
    """What a client reads."""
    return {"AWS_ENDPOINT_URL": url, **_CREDENTIALS}


def repeat_identities(url: str) -> None:
    """Have the endpoint at ``url`` give out the same identities, in order, as every other that was told so."""
    request = urllib.request.Request(f"{url}/moto-api/seed?a={_SEED}", method="POST")  # noqa: S310 (loopback)
    urllib.request.urlopen(request, timeout=_ANSWERS_WITHIN_S).close()  # noqa: S310 (loopback)


def _answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=_ANSWERS_WITHIN_S).close()
    except OSError:
        return False
    return True
