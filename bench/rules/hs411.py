"""HS411: a caller's billed time when it waits for the function that it invokes, against InvocationType Event.

In place of Lambda's API a server on loopback answers: after the callee's 200 ms, or at once when nobody waits.
"""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pair import run

_CALLER = """
import boto3

client = boto3.client("lambda", region_name="us-east-1", endpoint_url="http://127.0.0.1:{port}",
                      aws_access_key_id="x", aws_secret_access_key="x")

def handler(event, context):
    return client.invoke(FunctionName="callee", InvocationType="{kind}", Payload="{{}}")["StatusCode"]
"""


class _Lambda(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        is_event = self.headers["X-Amz-Invocation-Type"] == "Event"
        time.sleep(0 if is_event else 0.2)
        self.send_response(202 if is_event else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Lambda)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sides = {kind: _CALLER.format(port=server.server_port, kind=kind) for kind in ("RequestResponse", "Event")}
    run(__doc__, bad=sides["RequestResponse"], good=sides["Event"], claims="warm")
