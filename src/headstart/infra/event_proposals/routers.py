"""The apps and routers of a program, and under which paths each is mounted: FastAPI, Starlette, Flask, Powertools."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from headstart.infra.event_proposals.http_request import HttpShape
from headstart.infra.event_proposals.program import Module, Program

# By the package and the name in it; the shape is that of the events which a resolver can read.
_ROUTERS: Final[dict[tuple[str, str], HttpShape | None]] = {
    ("fastapi", "FastAPI"): None,
    ("fastapi", "APIRouter"): None,
    ("starlette", "Starlette"): None,
    ("starlette", "Router"): None,
    ("flask", "Flask"): None,
    ("flask", "Blueprint"): None,
    ("aws_lambda_powertools", "APIGatewayHttpResolver"): HttpShape.HTTP_API,
    ("aws_lambda_powertools", "APIGatewayRestResolver"): HttpShape.REST_API,
    ("aws_lambda_powertools", "ApiGatewayResolver"): HttpShape.REST_API,
    ("aws_lambda_powertools", "ALBResolver"): HttpShape.LOAD_BALANCER,
    ("aws_lambda_powertools", "LambdaFunctionUrlResolver"): HttpShape.FUNCTION_URL,
    ("aws_lambda_powertools", "Router"): None,
}
_MOUNTS: Final = {"include_router", "register_blueprint"}
_PREFIXES: Final = ("prefix", "url_prefix")
_DEPTH_MAX: Final = 8
# {item_id:path} and <int:item_id>, with what is before or after the colon.
_BRACES: Final = re.compile(r"\{(?P<name>\w+)(?::(?P<type>\w+))?\}")
_ANGLES: Final = re.compile(r"<(?:(?P<type>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_CONVERTERS: Final = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
}

Key = tuple[str, str]
Expression = tuple[Module, ast.expr]


class Mounting(msgspec.Struct, frozen=True, eq=False):
    """A path before those of a router, and what FastAPI depends on for all of its routes."""

    prefix: str = ""
    dependencies: tuple[Expression, ...] = ()

    def under(self, outer: "Mounting") -> "Mounting":
        """The same within another."""
        return Mounting(outer.prefix.rstrip("/") + self.prefix, (*outer.dependencies, *self.dependencies))


class Router(msgspec.Struct, frozen=True, eq=False):
    """``package`` is the framework's."""

    package: str
    shape: HttpShape | None
    mounting: Mounting


class Routers:
    """Those of a program, by what they are assigned to."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._routers = dict(self._found())
        self._mounts: dict[Key, list[tuple[Key, Mounting]]] = {}
        for child, parent, mounting in self._mounted():
            self._mounts.setdefault(child, []).append((parent, mounting))

    def of(self, module: Module, expression: ast.AST) -> tuple[Key, Router] | None:
        """The router that an expression names."""
        found = self._program.find(module, expression)
        router = self._routers.get(found.key) if found else None
        return (found.key, router) if found and router else None

    def mountings(self, key: Key, *, depth: int = 0) -> tuple[Mounting, ...]:
        """Each place of a router in an app; the router's own where it is not mounted in a way that is plain."""
        own = self._routers[key].mounting
        above = self._mounts.get(key, ()) if depth < _DEPTH_MAX else ()
        outer = [mount.under(each) for parent, mount in above for each in self.mountings(parent, depth=depth + 1)]
        return tuple(own.under(each) for each in outer) or (own,)

    @property
    def shape(self) -> HttpShape | None:
        """The shape of events that a resolver says."""
        return next((router.shape for router in self._routers.values() if router.shape), None)

    def _found(self) -> Iterator[tuple[Key, Router]]:
        for module in self._program.modules.values():
            for name, node in module.definitions.items():
                if isinstance(node, ast.Call) and (kind := self.kind(module, node.func)) in _ROUTERS:
                    yield (module.name, name), Router(kind[0], _ROUTERS[kind], _mounting(module, node))

    def kind(self, module: Module, called: ast.AST) -> tuple[str, str]:
        """The package that something is imported from, and its name there."""
        full_name = self._program.full_name(module, called)
        return full_name.partition(".")[0], full_name.rpartition(".")[2]

    def _mounted(self) -> Iterator[tuple[Key, Key, Mounting]]:
        for module, node in self._program.nodes():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MOUNTS:
                parent = self.of(module, node.func.value)
                child = self.of(module, node.args[0]) if node.args else None
                if parent and child:
                    yield child[0], parent[0], _mounting(module, node)


def _mounting(module: Module, call: ast.Call) -> Mounting:
    given = {each.arg: each.value for each in call.keywords}
    prefix = next((text(given[name]) for name in _PREFIXES if name in given), "")
    dependencies = given.get("dependencies")
    items = dependencies.elts if isinstance(dependencies, ast.List | ast.Tuple) else ()
    return Mounting(prefix, tuple((module, item) for item in items))


def text(node: ast.AST | None) -> str:
    """The text that a node is; empty for other things."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def path_of(written: str) -> tuple[str, Mapping[str, dict[str, Any]]]:
    """A framework's path with ``{name}`` for each parameter, and the schemas of those with a converter."""
    types: dict[str, dict[str, Any]] = {}

    def plain(found: re.Match[str]) -> str:
        name, kind = found["name"], found["type"]
        if kind in _CONVERTERS:
            types[name] = _CONVERTERS[kind]
        return f"{{{name}+}}" if kind == "path" else f"{{{name}}}"

    path = _ANGLES.sub(plain, _BRACES.sub(plain, written))
    return path if path.startswith("/") else f"/{path}", types
