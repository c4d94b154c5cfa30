"""Runtimes written by hand, from AWS's page alone: a shell script, and Python's http.client."""

import json
import os
import re
from pathlib import Path

import pytest

from headstart.engine import interpreters
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, FunctionError, RuntimeExited, Succeeded, TimedOut

PYTHON = interpreters.installed()[-1]

# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-walkthrough.html, with bash in place of curl.
SHELL = r"""#!/bin/bash
host=${AWS_LAMBDA_RUNTIME_API%:*} port=${AWS_LAMBDA_RUNTIME_API#*:}
request() {  # method path body header
  exec 3<>"/dev/tcp/$host/$port"
  printf '%s /2018-06-01/runtime/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n%s' \
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${#3}" "$4" "$3" >&3
  IFS= read -r status <&3
  headers="" length=0
  while IFS= read -r line <&3 && line=${line%$'\r'} && [ -n "$line" ]; do
    headers+="$line"$'\n'
    case "$line" in [Cc]ontent-[Ll]ength:*) length=${line#*: } ;; esac
  done
  IFS= read -r -N "$length" body <&3
  exec 3>&-
}
header() { printf '%s' "$headers" | sed -n "s/^$1: //p"; }
if [ "$_HANDLER" = missing.handler ]; then
  request POST init/error '{"errorMessage": "no such file", "errorType": "InvalidHandler"}' \
    $'Lambda-Runtime-Function-Error-Type: Runtime.NoSuchHandler\r\n'
  exit 1
fi
echo "init done" >&2
while true; do
  request GET invocation/next
  id=$(header Lambda-Runtime-Aws-Request-Id)
  event=$body
  echo "got $event"
  case "$event" in
    '"error"')
      request POST "invocation/$id/error" '{"errorMessage": "as told", "errorType": "Told"}' \
        $'Lambda-Runtime-Function-Error-Type: Function.Told\r\n' ;;
    '"exit"') exit 7 ;;
    '"hang"') sleep 100 ;;
    '"descriptors"')
      ls /proc/$$/fd > /tmp/fds
      answer=$(for fd in $(cat /tmp/fds); do printf '%s=%s ' "$fd" "$(readlink "/proc/$$/fd/$fd")"; done)
      request POST "invocation/$id/response" "\"$answer\"" ;;
    '"environment"')
      request POST "invocation/$id/response" "[\"$(pwd)\", \"$AWS_EXECUTION_ENV\", \"$PYTHONPATH\", \"$LC_CTYPE\"]" ;;
    *)
      deadline=$(header Lambda-Runtime-Deadline-Ms)
      request POST "invocation/$id/response" "{\"event\": $event, \"deadline\": $deadline}" ;;
  esac
  echo "$status" >&2
done
"""

PYTHON_SOURCE = r"""
import base64, http.client, json, os, sys, traceback

api = os.environ["AWS_LAMBDA_RUNTIME_API"]
base = "/2018-06-01/runtime/"
connection = http.client.HTTPConnection(api)

def ask(method, path, body=None, headers={}):
    connection.request(method, base + path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()

def stream(path, chunks, *, fails=False):
    connection.putrequest("POST", base + path)
    connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
    connection.endheaders()
    for chunk in chunks:
        connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    connection.send(b"0\r\n")
    if fails:
        error = json.dumps({"errorMessage": "midway", "errorType": "Boom"}).encode()
        connection.send(b"Lambda-Runtime-Function-Error-Type: Function.Boom\r\n")
        connection.send(b"Lambda-Runtime-Function-Error-Body: %s\r\n" % base64.b64encode(error))
    connection.send(b"\r\n")
    answer = connection.getresponse()
    answer.read()
    return answer.status

while True:
    _, headers, body = ask("GET", "invocation/next")
    event, path = json.loads(body), "invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
    if event == "stream":
        status = stream(path + "/response", [b'{"a": ', b"1}"])
    elif event == "large stream":
        status = stream(path + "/response", [b"x" * 1_000_000] * 9)
    elif event == "broken stream":
        status = stream(path + "/response", [b'{"a": '], fails=True)
    elif event == "large":
        status, _, _ = ask("POST", path + "/response", b"x" * 7_000_000)
    elif event == "twice":
        ask("POST", path + "/response", b'"first"')
        status, _, _ = ask("POST", path + "/response", b'"second"')
    elif event == "wrong":
        status, _, _ = ask("POST", "invocation/nobody/response", b'"wrong"')
        ask("POST", path + "/response", b'"right"')
    else:
        status, _, _ = ask("POST", path + "/response", json.dumps([event, sys.version_info[:2], sorted(headers)]))
    print(status, flush=True)
"""


@pytest.fixture
async def engine():
    async with LocalLambda() as engine:
        yield engine


def write(path: Path, program: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(program)
    path.chmod(0o755)


async def invoker_of(engine: LocalLambda, folder: Path, bootstrap: str, **settings: object) -> LocalInvoker:
    write(folder / "bootstrap", bootstrap)
    settings = {"handler": "function.handler", "runtime": "provided.al2023", "timeout_s": 2, **settings}
    spec = FunctionSpec(name="by-hand", code=folder, memory=MemorySize(256), **settings)
    return LocalInvoker(engine, await engine.deploy(spec))


async def ask(invoker: LocalInvoker, event: object):
    return await invoker.invoke(Event(json.dumps(event).encode()))


def own(report) -> list[str]:
    return [line.text for line in report.log if line.source == "function"]


async def test_shell_script(engine, tmp_path):
    invoker = await invoker_of(engine, tmp_path, SHELL)
    first = await ask(invoker, {"n": 1})
    assert isinstance(first.outcome, Succeeded)
    answer = json.loads(first.outcome.payload)
    assert answer["event"] == {"n": 1}
    assert answer["deadline"] == pytest.approx((first.started_s + 2) * 1000, abs=100)
    assert own(first)[:2] == ["init done", 'got {"n": 1}']
    assert first.init.boot_ms == 0
    assert first.init.function_ms > 0
    lines = [line.text for line in first.log]
    assert re.fullmatch(r"INIT_START Runtime Version: provided:al2023\.\S+\tRuntime Version ARN: arn:\S+", lines[0])
    second = await ask(invoker, {"n": 2})
    assert not second.cold
    # Said after the first answer, so the platform may have closed the first log before.
    assert "HTTP/1.1 202 Accepted\r" in own(first) + own(second)


async def test_shell_script_that_fails(engine, tmp_path):
    invoker = await invoker_of(engine, tmp_path, SHELL)
    told = (await ask(invoker, "error")).outcome
    assert told == FunctionError(b'{"errorMessage": "as told", "errorType": "Told"}', "Told", "as told")
    exited = (await ask(invoker, "exit")).outcome
    assert isinstance(exited, RuntimeExited)
    assert exited.reason == "Runtime exited with error: exit status 7"
    assert isinstance((await ask(invoker, "hang")).outcome, TimedOut)
    assert (await ask(invoker, "again")).succeeded


async def test_init_error_of_a_shell_script(engine, tmp_path):
    invoker = await invoker_of(engine, tmp_path, SHELL, handler="missing.handler")
    report = await ask(invoker, 1)
    assert isinstance(report.outcome, FunctionError)
    assert report.outcome.error_type == "InvalidHandler"
    lines = [line.text for line in report.log if line.text.startswith("INIT_REPORT")]
    assert [line.split("\t")[1:] for line in lines] == [
        ["Phase: init", "Status: error", "Error Type: Runtime.NoSuchHandler"],
        ["Phase: invoke", "Status: error", "Error Type: Runtime.NoSuchHandler"],
    ]


async def test_what_a_custom_runtime_finds(engine, tmp_path):
    invoker = await invoker_of(engine, tmp_path, SHELL)
    descriptors = dict(
        entry.split("=") for entry in json.loads((await ask(invoker, "descriptors")).outcome.payload).split()
    )
    # 255 is bash's own, its script.
    assert set(descriptors) == {"0", "1", "2", "62", "255"}
    assert descriptors["0"] == "/dev/null"
    assert descriptors["1"] == descriptors["2"] == descriptors["62"]
    found = json.loads((await ask(invoker, "environment")).outcome.payload)
    assert found == ["/var/task", "", "", ""]


async def test_bootstrap_of_a_layer(engine, tmp_path):
    write(tmp_path / "layer" / "bootstrap", SHELL)
    (tmp_path / "code").mkdir()
    spec = FunctionSpec(
        name="by-hand",
        code=tmp_path / "code",
        handler="function.handler",
        runtime="provided.al2023",
        layers=(tmp_path / "layer",),
    )
    invoker = LocalInvoker(engine, await engine.deploy(spec))
    assert (await ask(invoker, 1)).succeeded


async def test_a_bootstrap_that_cannot_be_started(engine, tmp_path):
    invoker = await invoker_of(engine, tmp_path, "#!/no/such/shell\n")
    report = await ask(invoker, 1)
    assert isinstance(report.outcome, RuntimeExited)
    assert "bootstrap: [Errno 2] No such file or directory" in own(report)[0]


async def test_python_by_hand(engine, tmp_path):
    interpreter = f"/var/lang/bin/{PYTHON.runtime}" if os.geteuid() == 0 else str(PYTHON.executable)
    invoker = await invoker_of(
        engine, tmp_path, f"#!{interpreter} -u\n{PYTHON_SOURCE}", runtime=PYTHON.runtime, timeout_s=10
    )
    plain = await ask(invoker, "plain")
    event, version, headers = json.loads(plain.outcome.payload)
    assert (event, f"python{version[0]}.{version[1]}") == ("plain", PYTHON.runtime)
    assert headers == [
        "Content-Length",
        "Content-Type",
        "Lambda-Runtime-Aws-Request-Id",
        "Lambda-Runtime-Deadline-Ms",
        "Lambda-Runtime-Invocation-Id",
        "Lambda-Runtime-Invoked-Function-Arn",
        "Lambda-Runtime-Trace-Id",
    ]
    streamed = await ask(invoker, "stream")
    assert streamed.outcome == Succeeded(b'{"a": 1}', streamed=True)
    large = await ask(invoker, "large stream")
    assert len(large.outcome.payload) == 9_000_000
    broken = await ask(invoker, "broken stream")
    assert isinstance(broken.outcome, FunctionError)
    assert (broken.outcome.error_type, broken.outcome.message) == ("Boom", "midway")
    assert (await ask(invoker, "large")).outcome.error_type == "Function.ResponseSizeTooLarge"
    assert (await ask(invoker, "twice")).outcome.payload == b'"first"'
    assert (await ask(invoker, "wrong")).outcome.payload == b'"right"'
    last = await ask(invoker, "last")
    assert last.succeeded
    assert not last.cold
