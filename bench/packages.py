"""A function as it is usually packaged, and as Headstart packages it, made ready to run here."""

import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from headstart.bundling import bundle_in_cache
from headstart.cli.progress import Lines
from headstart.engine import package
from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.bundle import BundleOrder
from headstart.optimizing.optimized import Optimization, bundle_optimized


async def usual(engine: LocalLambda, project: Project) -> Deployment:
    """As uv pip install --target leaves it, without bytecode."""
    return await engine.deploy(project.spec)


async def precompiled(engine: LocalLambda, project: Project) -> Deployment:
    """The usual package with unchecked-hash bytecode for every module."""
    return await with_bytecode(await usual(engine, project))


async def bundled(engine: LocalLambda, project: Project) -> Deployment:
    """As headstart bundle writes it."""
    folder, _ = await bundle_in_cache(project)
    return await engine.deploy(msgspec.structs.replace(project.spec, code=folder, requirements=None))


async def deferred(engine: LocalLambda, project: Project) -> Deployment:
    """As headstart bundle --defer writes it, by its headstart.lock.json, or after a search that leaves one there."""
    with tempfile.TemporaryDirectory() as folder:
        order = BundleOrder(output=Path(folder) / "function.zip", settings=project.bundle)
        await bundle_optimized(project, order, how=Optimization(open_lab=Lab), progress=Lines(sys.stderr))
        return await engine.deploy(msgspec.structs.replace(project.spec, code=order.output, requirements=None))


async def with_bytecode(deployment: Deployment) -> Deployment:
    """The same function with bytecode for every module."""
    compiled = await package.with_bytecode(deployment.package, deployment.interpreter)
    return msgspec.structs.replace(deployment, package=compiled)


SIDES: Mapping[str, Callable[[LocalLambda, Project], Awaitable[Deployment]]] = {
    "usual": usual,
    "precompiled": precompiled,
    "bundled": bundled,
    "deferred": deferred,
}
