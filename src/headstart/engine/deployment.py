"""A function made ready to run here: its package, its Python, and how its sandboxes are built."""

import os
import platform
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.engine import ephemeral_storage
from headstart.engine.clock import Clock
from headstart.engine.fork import USER
from headstart.engine.interpreters import Interpreter
from headstart.engine.package import Package
from headstart.engine.runtime_environment import Paths, environment_variables
from headstart.engine.sandbox import SandboxPlan
from headstart.model import limits
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.function import Architecture, FunctionSpec, InitializationType
from headstart.model.invocation import Event

_MACHINES: Final = {"x86_64": Architecture.X86_64, "arm64": Architecture.ARM64, "aarch64": Architecture.ARM64}


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A function with everything that it needs to run. ``isolation`` as in SandboxPlan; ``cache`` is a folder on disk.

    ``profiling`` lifts the time limits, for runs with a probe inside, which are slower.
    """

    spec: FunctionSpec
    package: Package
    interpreter: Interpreter | None
    runtime_folder: Path | None
    isolation: str
    cache: Path
    profiling: bool = False

    @property
    def runtime_id(self) -> str:
        """The hash in the ARN of the runtime version: the runtime folder's own key."""
        return self.runtime_folder.name if self.runtime_folder else "custom"

    @property
    def paths(self) -> Paths:
        """Where the function finds its code."""
        if self.isolation != "none":
            return Paths()
        return Paths(
            task_root=str(self.package.root),
            runtime=str(self.runtime_folder or self.package.root),
            opt=str(self.package.opt or "/opt"),
            lang=str(self.interpreter.prefix) if self.interpreter else "/usr",
        )

    @property
    def argv(self) -> list[str]:
        """The command of the runtime process."""
        if self.package.has_bootstrap:
            return [f"{self.paths.task_root}/bootstrap"]
        if self.interpreter is None:
            return [f"{self.paths.opt}/bootstrap"]
        if self.isolation == "none":
            # Without a file system of its own the function must not see this machine's packages, nor leave bytecode.
            return [str(self.interpreter.executable), "-S", "-s", "-B", f"{self.paths.runtime}/bootstrap.py"]
        executable = self.interpreter.executable.relative_to(self.interpreter.prefix)
        return [f"{self.paths.lang}/{executable}", f"{self.paths.runtime}/bootstrap.py"]

    @property
    def on_demand(self) -> bool:
        """Whether the init phase is part of an invocation: unthrottled, and billed with it."""
        return self.spec.initialization is InitializationType.ON_DEMAND

    @property
    def init_timeout_s(self) -> float:
        """Limit of the init phase in s. Source: limits.INIT_TIMEOUT_S."""
        if self.on_demand and not self.profiling:
            return limits.INIT_TIMEOUT_S
        return max(limits.PROVISIONED_INIT_TIMEOUT_S_MIN, self.spec.timeout_s)

    @property
    def timeout_s(self) -> int:
        """Limit of one invocation in s."""
        return limits.TIMEOUT_S_MAX if self.profiling else self.spec.timeout_s

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What of Lambda's file system and hardware is not there."""
        found = []
        if self.isolation == "none":
            codes = (CaveatCode.FILES_NOT_ISOLATED, CaveatCode.TMP_NOT_LIMITED, CaveatCode.PIDS_NOT_ISOLATED)
            found += [Caveat(code) for code in codes]
        elif not self.has_disk:
            found.append(Caveat(CaveatCode.TMP_IN_MEMORY))
        if _MACHINES.get(platform.machine()) is not self.spec.architecture:
            found.append(Caveat(CaveatCode.OTHER_ARCHITECTURE, f"{self.spec.architecture} on {platform.machine()}"))
        return tuple(found)

    @property
    def has_disk(self) -> bool:
        """Whether /tmp is a disk of its own rather than memory."""
        return self.isolation == "root" and ephemeral_storage.can_make_disks()

    def log_stream(self, clock: Clock) -> str:
        """The name of a new environment's log stream."""
        date = time.strftime("%Y/%m/%d", time.gmtime(clock.now_s()))
        return f"{date}/[{self.spec.version}]{clock.new_id().replace('-', '')}"

    def variables(self, runtime_api: str, log_stream: str, *, probe: str | None) -> dict[str, str]:
        """The environment variables of the runtime process."""
        return environment_variables(
            self.spec, paths=self.paths, runtime_api=runtime_api, log_stream=log_stream, probe=probe
        )

    def event_head(self, event: Event, *, request_id: str, attempt_id: str, deadline_s: float) -> bytes:
        """The headers that come with an event. ``deadline_s`` is Unix time; ``attempt_id`` is new for every attempt."""
        trace_id = f"{int(deadline_s):08x}-{attempt_id.replace('-', '')[:24]}"
        trace = f"Root=1-{trace_id};Parent={attempt_id[-12:]}0000;Sampled=0"
        head = (
            f"Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {int(deadline_s * 1000)}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {self.spec.arn}\r\nLambda-Runtime-Trace-Id: {trace}\r\n"
            f"Lambda-Runtime-Invocation-Id: {attempt_id}\r\n"
        )
        if event.client_context is not None:
            head += f"Lambda-Runtime-Client-Context: {event.client_context}\r\n"
        return head.encode()

    def plan(self, *, number: int, limits_processes: bool, tmp: dict[str, Any]) -> SandboxPlan:
        """The plan of one sandbox; ``tmp`` as in spawn/file_system.py."""
        cpus = min(self.spec.memory.visible_vcpus, os.cpu_count() or 1)
        return SandboxPlan(
            cpus=_processors(cpus, number),
            rlimits=self._rlimits(limits_processes=limits_processes),
            files={"binds": self._binds(), "masks": self._masks(), "cpus": cpus, "tmp": tmp, "user": list(USER)},
        )

    def _rlimits(self, *, limits_processes: bool) -> dict[str, int]:
        found = {"RLIMIT_NOFILE": limits.OPEN_FILES_MAX, "RLIMIT_CORE": 0, "RLIMIT_MEMLOCK": 65_536}
        # Counted per user and user namespace; without isolation it would count the user's other processes too.
        if self.isolation != "none" and not limits_processes:
            found["RLIMIT_NPROC"] = limits.PROCESSES_MAX
        return found

    def _binds(self) -> list[list[str]]:
        found = [(self.package.root, "/var/task")]
        if self.package.opt is not None:
            found.append((self.package.opt, "/opt"))
        if self.runtime_folder is not None:
            found.append((self.runtime_folder, "/var/runtime"))
        if self.interpreter is not None:
            found.append((self.interpreter.prefix, "/var/lang"))
        return [[str(source), target] for source, target in found]

    def _masks(self) -> list[str]:
        """The folders of installed packages, where they lie and where they appear again."""
        if self.interpreter is None:
            return []
        prefix = self.interpreter.prefix
        again = [f"/var/lang/{d.relative_to(prefix)}" for d in self.interpreter.site_dirs if d.is_relative_to(prefix)]
        return again + [str(folder) for folder in self.interpreter.site_dirs]


def _processors(count: int, number: int) -> tuple[int, ...]:
    """Which CPUs the sandbox ``number`` may use: neighbours get others while there are any."""
    if not hasattr(os, "sched_getaffinity"):
        return ()
    mine = sorted(os.sched_getaffinity(0))
    return tuple(mine[(number * count + i) % len(mine)] for i in range(min(count, len(mine))))
