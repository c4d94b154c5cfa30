"""What a route's function takes, as the request that gives it: FastAPI, and Powertools where it validates."""

import ast
from typing import Any, Final

from headstart.infra.event_proposals.annotations import Reading, alias_of, has_default
from headstart.infra.event_proposals.http_request import Request
from headstart.infra.event_proposals.plausible import Schema, plausible
from headstart.infra.event_proposals.program import Function, Module, Program
from headstart.infra.event_proposals.routes import DeclaredRoute

_READ: Final = {"fastapi", "aws_lambda_powertools"}
_MARKERS: Final = {"Query", "Path", "Header", "Cookie", "Body", "Form", "File", "Depends", "Security"}
# What a framework fills in itself.
_OWN: Final = {"Request", "Response", "WebSocket", "BackgroundTasks", "SecurityScopes", "HTTPConnection", "UploadFile"}
_BODIES: Final = {"POST", "PUT", "PATCH"}
_DEPTH_MAX: Final = 5


class Requests:
    """Makes up a request for each route of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._reading = Reading(program)

    def to(self, declared: DeclaredRoute) -> Request:
        """A request that the route's function takes, as far as its annotations say. A body that they do not say is an
        empty object.
        """
        parts = _Parts(declared.route.parameters)
        for name in declared.route.parameters:
            parts.path[name] = plausible(declared.types.get(name, {}), name=name)
        if declared.package in _READ:
            for module, dependency in declared.dependencies:
                self._depend(parts, dependency, module=module, depth=0)
            if declared.function is not None:
                self._read(parts, declared.function, module=declared.module, depth=0)
        return Request(
            route=declared.route,
            parameters=parts.path,
            query=parts.query,
            headers=parts.headers,
            body=parts.body(is_expected=declared.route.method in _BODIES),
            key=declared.key,
        )

    def _read(self, parts: "_Parts", function: Function, *, module: Module, depth: int) -> None:
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        defaults = dict(zip([each.arg for each in reversed(positional)], reversed(given.defaults), strict=False))
        defaults |= {
            each.arg: default for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default
        }
        for parameter in (*positional, *given.kwonlyargs):
            self._take(parts, parameter, default=defaults.get(parameter.arg), module=module, depth=depth)

    def _take(
        self, parts: "_Parts", parameter: ast.arg, *, default: ast.expr | None, module: Module, depth: int
    ) -> None:
        name, annotation = parameter.arg, self._meant(parameter.annotation, module)
        if name in ("self", "cls") or _name(annotation) in _OWN:
            return
        metadata = _annotated(annotation)[1:]
        marker = next((each for each in (default, *metadata) if _marker(each)), None)
        kind = _marker(marker)
        if kind in ("Depends", "Security"):
            assert isinstance(marker, ast.Call)
            self._depend(parts, marker if marker.args else annotation, module=module, depth=depth)
            return
        schema = self._reading.schema(annotation, module)
        if marker is not None and marker is default:
            schema = self._reading.constrained(schema, [marker], module=module)
        outside = alias_of([marker]) or name
        is_optional = default is not None and (
            marker is not default or (isinstance(marker, ast.Call) and has_default(marker))
        )
        if name in parts.parameters:
            parts.path[name] = plausible(schema, name=name)
        elif not is_optional:
            parts.add(kind or _usual(schema), outside, schema=schema, is_alone=not _is_embedded(marker))

    def _meant(self, annotation: ast.expr | None, module: Module) -> ast.expr | None:
        """What an alias of an annotation stands for."""
        for _ in range(_DEPTH_MAX):
            found = self._program.find(module, annotation) if isinstance(annotation, ast.Name | ast.Attribute) else None
            if found is None or not isinstance(found.node, ast.Subscript):
                break
            annotation = found.node
        return annotation

    def _depend(self, parts: "_Parts", expression: ast.AST | None, *, module: Module, depth: int) -> None:
        """What ``Depends(customer)`` takes in its turn; of a class what its ``__init__`` does."""
        if isinstance(expression, ast.Call) and _marker(expression):
            expression = expression.args[0] if expression.args else None
        elif inner := _annotated(expression):
            expression = inner[0]
        found = self._program.find(module, expression) if expression is not None else None
        if found is None or depth > _DEPTH_MAX:
            return
        node = found.node
        if isinstance(node, ast.ClassDef):
            made = (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
            node = next(made, node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._read(parts, node, module=found.module, depth=depth + 1)


class _Parts:
    """A request while it is put together."""

    def __init__(self, parameters: tuple[str, ...]) -> None:
        self.parameters = parameters
        self.path: dict[str, Any] = {}
        self.query: dict[str, Any] = {}
        self.headers: dict[str, Any] = {}
        self._bodies: dict[str, tuple[Any, bool]] = {}

    def add(self, kind: str, name: str, *, schema: Schema, is_alone: bool) -> None:
        """Add what a parameter asks for; forms and files are left to whoever fills the event in."""
        value = plausible(schema, name=name)
        if kind == "Query":
            self.query[name] = value[0] if isinstance(value, list) and value else value
        elif kind == "Header":
            self.headers[name.replace("_", "-")] = value
        elif kind == "Cookie":
            self.headers["cookie"] = f"{name}={value}"
        elif kind == "Body":
            self._bodies[name] = value, is_alone

    def body(self, *, is_expected: bool) -> Any:
        """The body: one value by itself, or several by their names."""
        if len(self._bodies) == 1:
            ((name, (value, is_alone)),) = self._bodies.items()
            return value if is_alone else {name: value}
        return {name: value for name, (value, _) in self._bodies.items()} or ({} if is_expected else None)


def _usual(schema: Schema) -> str:
    """Where FastAPI looks for a value without a marker."""
    kinds = [each.get("type") for each in schema.get("anyOf", (schema,))]
    return "Body" if "object" in kinds or "array" in kinds else "Query"


def _is_embedded(marker: ast.AST | None) -> bool:
    given = marker.keywords if isinstance(marker, ast.Call) else ()
    return any(each.arg == "embed" and isinstance(each.value, ast.Constant) and each.value.value for each in given)


def _marker(node: ast.AST | None) -> str:
    """``Query`` for ``Query(ge=0)`` and the like; empty for other things."""
    name = _name(node.func) if isinstance(node, ast.Call) else ""
    return name if name in _MARKERS else ""


def _annotated(node: ast.AST | None) -> list[ast.expr]:
    """The type in ``Annotated[…]`` and what stands after it; nothing for other things."""
    if isinstance(node, ast.Subscript) and _name(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
        return node.slice.elts
    return []


def _name(node: ast.AST | None) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
