"""What the engine itself costs: an invocation and a cold start, against the least that can drive awslambdaric.

Pairs are interleaved in one run, so the machine's drift favours neither. The emulator is the binary that ships in the
PyPI wheel of aws-sam-cli (fetched on first use into the cache).
"""

import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import httptools
import uv
import uvloop
from bare_loop import BareLoop
from rows import Row, arguments, finish

from headstart.engine import cache, interpreters
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event

_SAM_CLI = "aws-sam-cli==1.170.0"
_EVENT = Event(b'{"a": 1}')
_FROZEN_AFTER_S = 0.01


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="blocks of 200 invocations for each side")
    parser.add_argument("--cold", type=int, default=30, help="cold starts for each side")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "app.py").write_text("def handler(event, context):\n    return {'ok': True}\n")
        async with LocalLambda() as engine:
            rows = []
            for runtime, mode in _modes():
                rows += await _warm(engine, Path(folder), runtime, mode, options.rounds)
            rows.append(await _cold(engine, Path(folder), options.cold))
    finish(rows, options)


def _modes() -> list[tuple[str, str]]:
    """Runtimes on this machine without and with awslambdaric's polling thread (from python3.12 on)."""
    have = [found.runtime for found in interpreters.installed()]
    without = next((name for name in ("python3.11", "python3.10") if name in have), None)
    with_thread = next((name for name in ("python3.13", "python3.12", "python3.14") if name in have), None)
    return [pair for pair in ((without, "no thread"), (with_thread, "polling thread")) if pair[0]]


async def _deployment(engine: LocalLambda, folder: Path, runtime: str):
    spec = FunctionSpec(
        name="overhead", code=folder, handler="app.handler", runtime=runtime, memory=MemorySize(1769), timeout_s=60
    )
    return await engine.deploy(spec)


def _bare_command(deployment) -> tuple[list[str], dict[str, str]]:
    variables = {
        "PYTHONPATH": str(deployment.runtime_folder),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{deployment.spec.runtime}",
    }
    return [str(deployment.interpreter.executable), "-m", "awslambdaric", "app.handler"], variables


async def _warm(engine: LocalLambda, folder: Path, runtime: str, mode: str, rounds: int) -> list[Row]:
    deployment = await _deployment(engine, folder, runtime)
    environment = await engine.environment(deployment)
    bare = BareLoop()
    await bare.start(*_bare_command(deployment), folder)
    emulator = await Emulator.start(deployment, folder)
    bare_cycles, bare_s, cycles, frozen_s, emulated_s, paused_s = [], [], [], [], [], []
    for _ in range(rounds):
        before = time.perf_counter()
        for _ in range(200):
            bare_s.append(await bare.invoke())
            bare_cycles.append(-before + (before := time.perf_counter()))
        await environment.invoke(_EVENT)
        before = time.perf_counter()
        for _ in range(200):
            await environment.invoke(_EVENT)
            cycles.append(-before + (before := time.perf_counter()))
        for _ in range(20):
            await asyncio.sleep(_FROZEN_AFTER_S)
            before = time.perf_counter()
            await environment.invoke(_EVENT)
            frozen_s.append(time.perf_counter() - before)
            await asyncio.sleep(_FROZEN_AFTER_S)
            paused_s.append(await bare.invoke())
        before = time.perf_counter()
        for _ in range(200 if emulator else 0):
            await emulator.invoke()
            emulated_s.append(-before + (before := time.perf_counter()))
    await engine.close(environment)
    await bare.close()
    if emulator:
        emulator.close()
    p50 = {name: statistics.median(values) * 1e6 if values else None for name, values in {
        "bare cycle": bare_cycles, "bare": bare_s, "cycle": cycles, "frozen": frozen_s, "paused": paused_s, "emulator": emulated_s}.items()}  # fmt: skip
    versus = p50["cycle"] / p50["emulator"] if p50["emulator"] else None
    return [
        Row(f"warm, at once / bare loop, {mode}", p50["cycle"] / p50["bare cycle"], "", "<= 1.15",
            f"p50 {p50['cycle']:.0f} / {p50['bare cycle']:.0f} us from answer to answer, n = {len(cycles)}, {runtime}"),
        Row(f"warm, from frozen / bare loop at the same pauses, {mode}", p50["frozen"] / p50["paused"], "", "<= 2.0",
            f"p50 {p50['frozen']:.0f} / {p50['paused']:.0f} us from event to answer, n = {len(frozen_s)}"),
        Row(f"warm, from frozen / bare loop at once, {mode}", p50["frozen"] / p50["bare"], "", "",
            f"p50 {p50['frozen']:.0f} / {p50['bare']:.0f} us; waking an idle machine is in one and not in the other"),
        Row(f"warm, at once / emulator, {mode}", versus, "", "<= 0.7",
            f"p50 {p50['cycle']:.0f} / {p50['emulator'] or 0:.0f} us, n = {len(emulated_s)}"),
    ]  # fmt: skip


async def _cold(engine: LocalLambda, folder: Path, count: int) -> Row:
    deployment = await _deployment(engine, folder, _modes()[0][0])
    bare_ms, ours_ms, creation_ms = [], [], []
    for _ in range(count):
        bare = BareLoop()
        bare_ms.append(await bare.start(*_bare_command(deployment), folder) * 1000)
        await bare.close()
        before = time.perf_counter()
        environment = await engine.environment(deployment)
        ours_ms.append((time.perf_counter() - before) * 1000)
        creation_ms.append((await environment.invoke(_EVENT)).init.creation_ms)
        await engine.close(environment)
    ours, theirs = statistics.median(ours_ms), statistics.median(bare_ms)
    detail = f"p50 {ours:.1f} - {theirs:.1f} ms until /next, n = {count}; creation alone {statistics.median(creation_ms):.1f} ms"
    return Row("cold, added to python -m awslambdaric", ours - theirs, "ms", "<= 15", detail)


class Emulator:
    """AWS's Runtime Interface Emulator, called over a kept connection."""

    @classmethod
    async def start(cls, deployment, folder: Path) -> "Emulator | None":
        binary = _emulator_binary()
        if binary is None:
            return None
        self = cls()
        port = _free_port()
        command, variables = _bare_command(deployment)
        self._process = subprocess.Popen(
            [str(binary), "--log-level", "error", "--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address", f"127.0.0.1:{_free_port()}", *command],
            cwd=folder, env={"PATH": os.environ["PATH"]} | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.02)
        body = json.dumps({"a": 1}).encode()
        self._request = (
            b"POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )
        await self.invoke()
        return self

    async def invoke(self) -> None:
        self._writer.write(self._request)
        self._done = False
        parser = httptools.HttpResponseParser(self)
        while not self._done:
            parser.feed_data(await self._reader.read(65536))

    def on_message_complete(self) -> None:
        self._done = True

    def close(self) -> None:
        self._writer.close()
        self._process.kill()
        self._process.wait()


def _emulator_binary() -> Path | None:
    folder = cache.location() / "bench" / "aws-sam-cli"
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}.get(os.uname().machine)
    binary = folder / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{machine}"
    if not binary.exists():
        command = [uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--target", str(folder), _SAM_CLI]
        if subprocess.run(command, check=False).returncode:
            return None
    binary.chmod(0o755)
    return binary


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    uvloop.run(main())
