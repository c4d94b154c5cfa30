"""Lambda, CloudWatch Logs and S3 on loopback, as far as tuning uses them: see aws_lambda_state.py for what they do.

``aws_endpoint`` is a test's own; boto3 finds it, and credentials that open nothing, in the environment.
"""

import base64
import contextlib
import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aws_lambda_state import ACCOUNT, REGION, DeployedFunction, Refused, not_found, sha, tail

_API = "/2015-03-31/functions"
Answer = tuple[int, Any, dict[str, str]]


class Endpoint:
    """``functions`` by name, ``objects`` by bucket/key. ``calls`` has the operations in order. ``on`` is called before
    each, and may change things or raise Refused. Invocations wait as long as ``answers_invocations`` is not set."""

    def __init__(self) -> None:
        self.functions: dict[str, DeployedFunction] = {}
        self.objects: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.on: Callable[[str, str], None] = lambda operation, name: None
        self.logs: dict[str, tuple[DeployedFunction, str]] = {}
        self.client_contexts: list[Any] = []
        self.url = ""
        self.answers_invocations = threading.Event()
        self.answers_invocations.set()
        self._one_at_a_time = threading.RLock()

    def add(self, name: str = "tuneme", **settings: Any) -> DeployedFunction:
        self.functions[name] = DeployedFunction(name, **settings)
        return self.functions[name]

    def leftovers(self) -> list[str]:
        """Everything that is not as ``add`` makes it, but for what tests make themselves."""
        copies = [name for name in self.functions if name.startswith("headstart")]
        aliases = [name for found in self.functions.values() for name in found.aliases if name.startswith("headstart")]
        versions = [
            f"{found.name}:{number}"
            for found in self.functions.values()
            for number, version in found.versions.items()
            if version["Description"].startswith("headstart")
        ]
        latest = [
            found.name for found in self.functions.values() if found.latest["Description"].startswith("headstart")
        ]
        return copies + aliases + versions + latest

    def count(self, operation: str) -> int:
        return self.calls.count(operation)

    def answer(self, method: str, path: str, *, body: bytes, headers: Any) -> Answer:
        url = urllib.parse.urlsplit(path)
        if url.path.endswith("/invocations"):
            self.answers_invocations.wait()
            if context := headers.get("X-Amz-Client-Context"):
                self.client_contexts.append(json.loads(base64.b64decode(context)))
        with self._one_at_a_time:
            query = dict(urllib.parse.parse_qsl(url.query))
            if "FilterLogEvents" in headers.get("X-Amz-Target", ""):
                return self._log_events(json.loads(body))
            if url.path.startswith("/package/"):
                return 200, self.functions[url.path.removeprefix("/package/")].package, {}
            if not url.path.startswith(_API):
                return self._object(urllib.parse.unquote(url.path).strip("/"))
            parts = [urllib.parse.unquote(part) for part in url.path.removeprefix(_API).strip("/").split("/")]
            return self._function(method, parts, query=query, body=body)

    def _function(self, method: str, parts: list[str], *, query: dict[str, str], body: bytes) -> Answer:
        name = re.sub(r"^.*function:", "", parts[0])
        what = "/".join(["*" if parts[0] else "", *parts[1:2], *("*" for _ in parts[2:])])
        operation, handle = _ROUTES[f"{method} {what}"]
        self.calls.append(operation)
        self.on(operation, name)
        if parts[0] and name not in self.functions:
            raise not_found(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
        return handle(self, name, [query.get("Qualifier", query.get("Marker")), *parts[2:3]][-1], body)

    def _log_events(self, request: dict[str, Any]) -> Answer:
        self.calls.append("FilterLogEvents")
        self.on("FilterLogEvents", request["logGroupName"])
        function, log = self.logs.get(request["filterPattern"].strip('"'), (None, ""))
        if function is None or request["logGroupName"] != function.latest["LoggingConfig"]["LogGroup"]:
            raise Refused(400, "ResourceNotFoundException", "The specified log group does not exist.")
        if function.log_arrives_after:
            function.log_arrives_after -= 1
            log = ""
        return 200, {"events": [{"message": line} for line in log.splitlines(keepends=True)]}, {}

    def _object(self, key: str) -> Answer:
        if key not in self.objects:
            buckets = {known.partition("/")[0] for known in self.objects}
            code = "NoSuchKey" if key.partition("/")[0] in buckets else "NoSuchBucket"
            return 404, f"<Error><Code>{code}</Code><Message>It is not there</Message></Error>".encode(), {}
        return 200, self.objects[key], {}

    def create(self, _: str, __: str | None, body: bytes) -> Answer:
        request = json.loads(body)
        code = request.pop("Code")
        name = request["FunctionName"]
        if name in self.functions:
            raise Refused(409, "ResourceConflictException", f"Function already exist: {name}")
        of_code = {"CodeSha256": sha(json.dumps(code).encode())}
        layers = {"Layers": [{"Arn": arn} for arn in request.pop("Layers", [])]}
        self.add(name, **(request | of_code | layers))
        return 201, self.functions[name].latest, {}

    def show(self, name: str, qualifier: str | None, _: bytes) -> Answer:
        code = {"Location": f"{self.url}/package/{name}", "RepositoryType": "S3"}
        return 200, {"Configuration": self.functions[name].configuration(qualifier), "Code": code}, {}

    def list_functions(self, *_: Any) -> Answer:
        return 200, {"Functions": [function.latest for function in self.functions.values()]}, {}

    def delete(self, name: str, qualifier: str | None, _: bytes) -> Answer:
        if qualifier:
            self.functions[name].delete_version(qualifier)
        else:
            del self.functions[name]
        return 204, b"", {}

    def read(self, name: str, qualifier: str | None, _: bytes) -> Answer:
        return 200, self.functions[name].configuration(qualifier), {}

    def update(self, name: str, _: str | None, body: bytes) -> Answer:
        return 200, self.functions[name].update(json.loads(body)), {}

    def publish(self, name: str, _: str | None, body: bytes) -> Answer:
        return 201, self.functions[name].publish(json.loads(body)), {}

    def list_versions(self, name: str, marker: str | None, _: bytes) -> Answer:
        """One at a time."""
        function, first = self.functions[name], int(marker or 0)
        versions = [function.latest, *function.versions.values()]
        more = {"NextMarker": str(first + 1)} if first + 1 < len(versions) else {}
        return 200, {"Versions": versions[first : first + 1], **more}, {}

    def list_aliases(self, name: str, *_: Any) -> Answer:
        function = self.functions[name]
        return 200, {"Aliases": [function.shown(alias) for alias in function.aliases]}, {}

    def create_alias(self, name: str, _: str | None, body: bytes) -> Answer:
        return 201, self.functions[name].create_alias(json.loads(body)), {}

    def read_alias(self, name: str, alias: str | None, _: bytes) -> Answer:
        return 200, self.functions[name].shown(alias or ""), {}

    def update_alias(self, name: str, alias: str | None, body: bytes) -> Answer:
        return 200, self.functions[name].update_alias(alias or "", json.loads(body)), {}

    def delete_alias(self, name: str, alias: str | None, _: bytes) -> Answer:
        self.functions[name].delete_alias(alias or "")
        return 204, b"", {}

    def invoke(self, name: str, qualifier: str | None, body: bytes) -> Answer:
        function = self.functions[name]
        ran, request_id, log = function.invoke(qualifier, body)
        self.logs[request_id] = (function, log)
        shown = log[: log.index("END" if "END" in log else '{"time": "2026-11-25T07:30:28')]
        headers = {"x-amzn-RequestId": request_id, "X-Amz-Log-Result": tail(shown if function.log_is_cut else log)}
        if ran.is_error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return 200, ran.payload, headers


_ROUTES: dict[str, tuple[str, Callable[[Endpoint, str, str | None, bytes], Answer]]] = {
    "GET ": ("ListFunctions", Endpoint.list_functions),
    "POST ": ("CreateFunction", Endpoint.create),
    "GET *": ("GetFunction", Endpoint.show),
    "DELETE *": ("DeleteFunction", Endpoint.delete),
    "GET */configuration": ("GetFunctionConfiguration", Endpoint.read),
    "PUT */configuration": ("UpdateFunctionConfiguration", Endpoint.update),
    "GET */versions": ("ListVersionsByFunction", Endpoint.list_versions),
    "POST */versions": ("PublishVersion", Endpoint.publish),
    "GET */aliases": ("ListAliases", Endpoint.list_aliases),
    "POST */aliases": ("CreateAlias", Endpoint.create_alias),
    "GET */aliases/*": ("GetAlias", Endpoint.read_alias),
    "PUT */aliases/*": ("UpdateAlias", Endpoint.update_alias),
    "DELETE */aliases/*": ("DeleteAlias", Endpoint.delete_alias),
    "POST */invocations": ("Invoke", Endpoint.invoke),
}


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: else each answer waits for an acknowledgement

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, answer, headers = endpoint.answer(self.command, self.path, body=body, headers=self.headers)
            except Refused as refused:
                status, headers = refused.status, {"x-amzn-ErrorType": refused.code}
                answer = {"__type": refused.code, "Type": "User", "message": refused.message}
            payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a client need not read what is too large
                self.wfile.write(payload)

        do_GET = do_PUT = do_POST = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def no_aws_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, region or profile of this machine's."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws_endpoint(no_aws_account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An account with nothing in it."""
    endpoint = Endpoint()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(endpoint))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never-shown")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    yield endpoint
    server.shutdown()
    thread.join()
    server.server_close()
