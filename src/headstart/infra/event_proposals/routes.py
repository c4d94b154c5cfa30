"""The routes that a program declares, in the order of its files: by decorators, by calls, and as ``"GET /rates"``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from headstart.infra.event_proposals.http_request import DEFAULT, Route
from headstart.infra.event_proposals.program import Function, Module, Program
from headstart.infra.event_proposals.routers import Expression, Mounting, Routers, path_of, text

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_VERBS: Final = {method.lower() for method in METHODS}
_MANY: Final = {"route", "api_route"}
_ADDING: Final = {"add_api_route", "add_url_rule", "add_route"}
_ROUTE_KEY: Final = re.compile(rf"({'|'.join(METHODS)}|ANY) (/\S*)")


class DeclaredRoute(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """``function`` answers it, and ``types`` are the schemas of path parameters that the path itself says."""

    route: Route
    module: Module
    line: int
    package: str = ""
    function: Function | None = None
    dependencies: tuple[Expression, ...] = ()
    types: Mapping[str, dict[str, Any]] = {}
    key: str = DEFAULT

    @property
    def place(self) -> str:
        """``app.py:31``."""
        return f"{self.module.file}:{self.line}"


def declared(program: Program, routers: Routers) -> Iterator[DeclaredRoute]:
    """Every route whose path and methods are written out."""
    reader = _Reader(program, routers)
    for module, node in program.nodes():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                yield from reader.of_decorator(decorator, node, module=module)
        elif isinstance(node, ast.Call):
            yield from reader.of_call(node, module=module)
        elif isinstance(node, ast.Constant) and (found := _ROUTE_KEY.fullmatch(text(node))):
            route = Route(found[1], found[2])
            yield DeclaredRoute(route=route, module=module, line=node.lineno, key=str(route))


class _Reader:
    def __init__(self, program: Program, routers: Routers) -> None:
        self._program = program
        self._routers = routers

    def of_decorator(self, decorator: ast.expr, function: Function, *, module: Module) -> Iterator[DeclaredRoute]:
        """``@app.get("/rates")``."""
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
            verb = decorator.func.attr
            if verb in _VERBS or verb in _MANY:
                yield from self._mounted(decorator, function, module=module, line=function.lineno)

    def of_call(self, call: ast.Call, *, module: Module) -> Iterator[DeclaredRoute]:
        """``app.add_api_route("/rates", rates)``, ``Route("/rates", rates)`` and ``Mount("/api", routes=[…])``."""
        if isinstance(call.func, ast.Attribute) and call.func.attr in _ADDING:
            yield from self._mounted(call, self._endpoint(call, module), module=module, line=call.lineno)
        elif self._routers.kind(module, call.func)[1] in ("Starlette", "Router"):
            yield from self._listed(call, module=module, prefix="")

    def _mounted(
        self, call: ast.Call, function: Function | None, *, module: Module, line: int
    ) -> Iterator[DeclaredRoute]:
        assert isinstance(call.func, ast.Attribute)
        found = self._routers.of(module, call.func.value)
        path = _argument(call, 0, "path", "rule")
        if found is None or not isinstance(path, ast.Constant):
            return
        key, router = found
        own = Mounting("", tuple((module, item) for item in _items(_argument(call, None, "dependencies"))))
        for mounting in self._routers.mountings(key):
            for method in _methods(call):
                written, types = path_of(mounting.prefix.rstrip("/") + text(path) or "/")
                yield DeclaredRoute(
                    route=Route(method, written),
                    module=module,
                    line=line,
                    package=router.package,
                    function=function,
                    dependencies=own.under(mounting).dependencies,
                    types=types,
                )

    def _listed(self, call: ast.Call, *, module: Module, prefix: str) -> Iterator[DeclaredRoute]:
        """The routes in Starlette's ``routes=[…]``."""
        listed = _argument(call, None, "routes")
        if isinstance(listed, ast.Name) and (defined := self._program.find(module, listed)):
            listed = defined.node if isinstance(defined.node, ast.expr) else None
        for item in _items(listed):
            if not isinstance(item, ast.Call):
                continue
            kind = self._routers.kind(module, item.func)[1]
            path = prefix + text(_argument(item, 0, "path"))
            if kind == "Mount":
                yield from self._listed(item, module=module, prefix=path.rstrip("/"))
            elif kind == "Route":
                written, types = path_of(path or "/")
                function = self._endpoint(item, module)
                for method in _methods(item):
                    yield DeclaredRoute(
                        route=Route(method, written),
                        module=module,
                        line=item.lineno,
                        package="starlette",
                        function=function,
                        types=types,
                    )

    def _endpoint(self, call: ast.Call, module: Module) -> Function | None:
        """The function that a route is added for."""
        given = [*call.args[1:], *(each.value for each in call.keywords if each.arg in ("endpoint", "view_func"))]
        found = (self._program.find(module, each) for each in given if isinstance(each, ast.Name | ast.Attribute))
        nodes = (each.node for each in found if each is not None)
        return next((node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)), None)


def _argument(call: ast.Call, number: int | None, *names: str) -> ast.expr | None:
    if number is not None and number < len(call.args):
        return call.args[number]
    return next((each.value for each in call.keywords if each.arg in names), None)


def _items(node: ast.AST | None) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []


def _methods(call: ast.Call) -> list[str]:
    """The verb that a decorator is named by, or those that it is given; GET where there are none."""
    verb = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if verb in _VERBS:
        return [verb.upper()]
    given = _argument(call, None, "methods", "method")
    named = [given] if isinstance(given, ast.Constant) else _items(given)
    return [text(each).upper() for each in named if text(each)] or ["GET"]
