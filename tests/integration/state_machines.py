"""Runs state machines on moto's server, whose functions are real: a front on loopback answers what invokes them.

moto's interpreter of the States Language calls services at ``localhost:$MOTO_PORT``. Here that is the front, which
hands on to moto all but the invocations.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

Handler = Callable[[dict[str, Any]], Any]
_INVOCATION = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_ROLE = "arn:aws:iam::123456789012:role/records"


class Front:
    """moto with functions: ``functions`` are handlers by their ARN."""

    def __init__(self, port: int, functions: dict[str, Handler]) -> None:
        self._port = port
        self.functions = functions

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self._port}",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            region_name="us-east-1",
        )

    def execute(self, definition: dict[str, Any]) -> dict[str, Any]:
        """Create the state machine and run it to its end."""
        client = self.client("stepfunctions")
        name = f"m{time.monotonic_ns()}"
        machine = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=_ROLE)
        execution = client.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
        while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.02)
        return found


@contextmanager
def state_machines() -> Iterator[Front]:
    moto_port, front_port = _free_port(), _free_port()
    moto = subprocess.Popen(
        [sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(moto_port)],
        env={**os.environ, "MOTO_PORT": str(front_port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    functions: dict[str, Handler] = {}
    server = ThreadingHTTPServer(("127.0.0.1", front_port), _answering(moto_port, functions))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        _configure(moto_port)
        yield Front(front_port, functions)
    finally:
        server.shutdown()
        server.server_close()
        moto.terminate()
        moto.wait()


def _configure(port: int) -> None:
    """Have moto execute state machines, as soon as it answers."""
    settings = json.dumps({"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}})
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("POST", "/moto-api/config", settings, {"Content-Type": "application/json"})
            assert connection.getresponse().status == 201
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("moto does not answer")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _answering(moto_port: int, functions: dict[str, Handler]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            invoked = _INVOCATION.fullmatch(http.client.urlsplit(self.path).path)
            if invoked:
                status, headers, answer = _invoke(functions[_unquoted(invoked[1])], body)
            else:
                status, headers, answer = self._hand_on(body)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", headers.get("Content-Length", str(len(answer))))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_any

        def _hand_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", moto_port)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            dropped = {"content-length", "connection", "transfer-encoding"} - (
                {"content-length"} if self.command == "HEAD" else set()
            )
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
            return answer.status, headers, answer.read()

        def log_message(self, *_: Any) -> None:
            pass

    return Answering


def _unquoted(arn: str) -> str:
    from urllib.parse import unquote

    return unquote(arn)


def _invoke(handler: Handler, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """What Lambda's Invoke answers: a failed function is a success of the call, with a header that says so."""
    try:
        return 200, {"Content-Type": "application/json"}, json.dumps(handler(json.loads(body))).encode()
    except Exception as error:
        failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(failure).encode()
