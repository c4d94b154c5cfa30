"""An engine in a process of its own: runs a handler in it for ever, for tests that end that process or its rights.

``python engine_apart.py FOLDER ISOLATION`` deploys FOLDER/app.py, keeps one environment frozen and invokes another
without end; prints one line when both are there.
"""

import asyncio
import sys
from pathlib import Path

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event

SOURCE = """
import os, subprocess, time
def handler(event, context):
    if event["forks"]:
        subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True)
        if os.fork() == 0:
            time.sleep(1000)
    while event["hangs"]:
        time.sleep(0.01)
"""


async def _run(folder: Path, isolation: str) -> None:
    spec = FunctionSpec(name="endless", code=folder, handler="app.handler", memory=MemorySize(256), timeout_s=900)
    async with LocalLambda(isolations=(isolation,)) as engine:
        deployment = await engine.deploy(spec)
        frozen, endless = LocalInvoker(engine, deployment), LocalInvoker(engine, deployment)
        await frozen.invoke(Event(b'{"forks": true, "hangs": false}'))
        await endless.invoke(Event(b'{"forks": true, "hangs": false}'))
        await asyncio.sleep(0.05)
        invocation = asyncio.ensure_future(endless.invoke(Event(b'{"forks": true, "hangs": true}')))
        await asyncio.sleep(0.1)
        print("ready", flush=True)
        await invocation


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), sys.argv[2]))
