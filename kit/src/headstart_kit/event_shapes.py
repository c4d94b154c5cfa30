"""Which service an event came from, and how it is read and answered: a request over HTTP is JSON in a string."""

from __future__ import annotations

import json
from decimal import Decimal

from headstart_kit.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

DIRECT = "direct"
PROXIES = frozenset({"alb", "api-gateway-v1", "api-gateway-v2", "function-url", "websocket"})


def event_shape(event: object) -> str:
    """Where an event came from: one of ``PROXIES``, or ``sqs``, ``kinesis``, ``dynamodb``, ``s3`` … as in its
    ``eventSource``, or ``eventbridge``; ``direct`` for everything else.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html (2026-11-25).
    """
    if not isinstance(event, dict):
        return DIRECT
    request = event.get("requestContext")
    if isinstance(request, dict):
        return _request_shape(event, request)
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else event
    # SNS alone writes it with a capital.
    source = first.get("eventSource") or first.get("EventSource")
    if isinstance(source, str) and source.startswith("aws:"):
        return source.removeprefix("aws:")
    return "eventbridge" if "detail-type" in event and "detail" in event else DIRECT


def _request_shape(event: dict[str, Any], request: dict[str, Any]) -> str:
    if "elb" in request:
        return "alb"
    if isinstance(request.get("http"), dict):
        return "function-url" if ".lambda-url." in str(request.get("domainName")) else "api-gateway-v2"
    if "connectionId" in request:
        return "websocket"
    return "api-gateway-v1" if "httpMethod" in event else DIRECT


def json_body(event: dict[str, Any]) -> Any:
    """The value in the body of an event of ``PROXIES``.

    Raises:
        UserError: there is no body, or it is not JSON.
    """
    try:
        return json.loads(_text_of_body(event), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise UserError(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise UserError("the body is nested too deep") from None
    except ValueError:
        # More than 4,300: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits (2026-11-25)
        raise UserError("the body has a number of too many digits") from None


def _text_of_body(event: dict[str, Any]) -> str:
    body = event.get("body")
    if not isinstance(body, str) or not body.strip():
        raise UserError("the body is empty; send JSON")
    if not event.get("isBase64Encoded"):
        return body
    import base64

    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        raise UserError("the body is not UTF-8 in base64") from None


def _refuse(constant: str) -> NoReturn:
    raise UserError(f"the body is not JSON: it has {constant}")


def as_response(result: object, event: dict[str, Any], *, status: int = 200) -> dict[str, Any]:
    """``result`` as the response that a service of ``PROXIES`` reads: bytes in base64, all else as JSON. A dict with a
    ``statusCode`` is such a response already.

    Raises:
        TypeError, ValueError: it is not of JSON's types, or a number in it is not finite.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html and
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (2026-11-25).
    """
    if isinstance(result, dict) and "statusCode" in result:
        return result
    is_binary = isinstance(result, bytes)
    return {
        "statusCode": status,
        **_headers("application/octet-stream" if is_binary else "application/json", event),
        "body": _encode_bytes(result) if isinstance(result, bytes) else _encode(result),
        "isBase64Encoded": is_binary,
    }


def _headers(content_type: str, event: dict[str, Any]) -> dict[str, Any]:
    # A load balancer that sends each header's values as a list reads only such headers.
    if "multiValueHeaders" in event and "headers" not in event:
        return {"multiValueHeaders": {"content-type": [content_type]}}
    return {"headers": {"content-type": content_type}}


def _encode_bytes(content: bytes) -> str:
    import base64

    return base64.b64encode(content).decode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    raise TypeError(f"a response cannot have a {type(value).__name__}: it is not of JSON's types")


_encode = json.JSONEncoder(default=_plain, allow_nan=False).encode
