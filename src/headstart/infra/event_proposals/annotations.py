"""What an annotation in source says of a value, as a JSON Schema: types, models and constraints that are plain."""

import ast
from collections.abc import Iterator, Sequence
from typing import Any, Final

from headstart.infra.event_proposals.program import Definition, Module, Program

_DEPTH_MAX: Final = 8
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "str": {"type": "string"},
    "SecretStr": {"type": "string"},
    "int": {"type": "integer"},
    "PositiveInt": {"type": "integer", "minimum": 1},
    "NonNegativeInt": {"type": "integer", "minimum": 0},
    "float": {"type": "number"},
    "PositiveFloat": {"type": "number", "minimum": 1},
    "Decimal": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": "string", "format": "duration"},
    "UUID": {"type": "string", "format": "uuid"},
    "UUID4": {"type": "string", "format": "uuid"},
    "EmailStr": {"type": "string", "format": "email"},
    "Email": {"type": "string", "format": "email"},
    "HttpUrl": {"type": "string", "format": "uri"},
    "AnyUrl": {"type": "string", "format": "uri"},
    "bytes": {"type": "string"},
}
_LISTS: Final = {"list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence", "Iterable", "Collection"}
_MAPPINGS: Final = {"dict", "Dict", "Mapping", "MutableMapping"}
_WRAPPERS: Final = {"Required", "NotRequired", "ReadOnly", "Final", "ClassVar"}
_CONSTRAINED: Final = {"constr": "str", "conint": "int", "confloat": "float", "condecimal": "Decimal"}
_ENUMS: Final = {"Enum", "StrEnum", "IntEnum"}
# What pydantic's Field, annotated_types and headstart_kit call a bound: at a number, and at what has a length.
_BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "regex": "pattern",
    "example": "example",
    "examples": "examples",
}
_POSITIONAL: Final = {
    "Range": ("minimum", "maximum"),
    "Length": ("minLength", "maxLength"),
    "Pattern": ("pattern",),
    "Ge": ("minimum",),
    "Gt": ("exclusiveMinimum",),
    "Le": ("maximum",),
    "Lt": ("exclusiveMaximum",),
    "MinLen": ("minLength",),
    "MaxLen": ("maxLength",),
}


class Reading:
    """Reads annotations of one program."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def schema(self, annotation: ast.AST | None, module: Module, *, depth: int = 0) -> dict[str, Any]:
        """The JSON Schema of an annotation in ``module``; an empty one for what is not plain."""
        if annotation is None or depth > _DEPTH_MAX:
            return {}
        if isinstance(annotation, ast.Constant):
            return self._of_constant(annotation, module, depth=depth)
        if isinstance(annotation, ast.BinOp):
            return {
                "anyOf": [self.schema(side, module, depth=depth + 1) for side in (annotation.left, annotation.right)]
            }
        if isinstance(annotation, ast.Subscript):
            return self._of_subscript(annotation, module, depth=depth + 1)
        if isinstance(annotation, ast.Call):
            return self._of_call(annotation, module, depth=depth + 1)
        defined = self._program.find(module, annotation)
        if defined is None:
            return dict(_TYPES.get(_last(annotation), {"type": "object"} if _last(annotation) in _MAPPINGS else {}))
        if isinstance(defined.node, ast.ClassDef):
            return self._of_class(defined, depth=depth + 1)
        return self.schema(defined.node, defined.module, depth=depth + 1)

    def _of_constant(self, constant: ast.Constant, module: Module, *, depth: int) -> dict[str, Any]:
        """None, or an annotation in quotes."""
        if not isinstance(constant.value, str):
            return {"type": "null"} if constant.value is None else {}
        try:
            return self.schema(ast.parse(constant.value, mode="eval").body, module, depth=depth + 1)
        except SyntaxError:
            return {}

    def _of_subscript(self, annotation: ast.Subscript, module: Module, *, depth: int) -> dict[str, Any]:
        head = _last(annotation.value)
        inner = list(annotation.slice.elts) if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if head == "Annotated":
            return self.constrained(self.schema(inner[0], module, depth=depth), inner[1:], module=module)
        if head == "Literal":
            return {"enum": [item.value for item in inner if isinstance(item, ast.Constant)]}
        if head in ("Optional", "Union"):
            return {"anyOf": [self.schema(item, module, depth=depth) for item in inner]}
        if head in _WRAPPERS:
            return self.schema(inner[0], module, depth=depth)
        if head in _LISTS or head in ("tuple", "Tuple"):
            return {"type": "array", "items": self.schema(inner[0], module, depth=depth)}
        return {"type": "object"} if head in _MAPPINGS else {}

    def _of_call(self, call: ast.Call, module: Module, *, depth: int) -> dict[str, Any]:
        """``constr(min_length=1)``, and ``NewType("UserId", int)``."""
        name = _last(call.func)
        if name == "NewType" and len(call.args) == 2:
            return self.schema(call.args[1], module, depth=depth)
        return self.constrained(dict(_TYPES.get(_CONSTRAINED.get(name, ""), {})), [call], module=module)

    def _of_class(self, defined: Definition, *, depth: int) -> dict[str, Any]:
        """An object of a class's annotated fields, those of the classes before it too; or what an Enum may be."""
        assert isinstance(defined.node, ast.ClassDef)
        above = {_last(each) for each in defined.node.bases}
        if above & _ENUMS:
            values = (each.value for each in defined.node.body if isinstance(each, ast.Assign))
            return {"enum": [value.value for value in values if isinstance(value, ast.Constant)]}
        properties: dict[str, Any] = {}
        required: list[str] = []
        for base_class in defined.node.bases:
            inherited = self._program.find(defined.module, base_class)
            if inherited is not None and isinstance(inherited.node, ast.ClassDef) and depth <= _DEPTH_MAX:
                of_it = self._of_class(inherited, depth=depth + 1)
                properties |= of_it.get("properties", {})
                required += of_it.get("required", ())
        for name, is_required, schema in self._fields(defined, depth=depth):
            properties[name] = schema
            required = [each for each in required if each != name] + [name] * is_required
        return {"type": "object", "properties": properties, "required": required}

    def _fields(self, defined: Definition, *, depth: int) -> Iterator[tuple[str, bool, dict[str, Any]]]:
        assert isinstance(defined.node, ast.ClassDef)
        may_lack = any(each.arg == "total" and _value(each.value) is False for each in defined.node.keywords)
        for field in defined.node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                if _last(field.annotation) == "ClassVar" or field.target.id.startswith("_"):
                    continue
                given = [field.value] if isinstance(field.value, ast.Call) else []
                schema = self.schema(field.annotation, defined.module, depth=depth)
                lacks = may_lack or _last(field.annotation) == "NotRequired"
                is_required = not lacks and (field.value is None or (bool(given) and not has_default(given[0])))
                yield (
                    alias_of(given) or field.target.id,
                    is_required,
                    self.constrained(schema, given, module=defined.module),
                )

    def constrained(self, schema: dict[str, Any], metadata: Sequence[ast.AST], *, module: Module) -> dict[str, Any]:
        """The schema with what ``Field(gt=0)``, ``Range(1, 100)`` and the like ask."""
        found: dict[str, Any] = {}
        for each in metadata:
            defined = self._program.find(module, each) if isinstance(each, ast.Name) else None
            call = defined.node if defined else each
            if isinstance(call, ast.Call):
                found |= dict(_bounds(call))
        if schema.get("type") == "array":
            found = {
                {"minLength": "minItems", "maxLength": "maxItems"}.get(key, key): value for key, value in found.items()
            }
        if "anyOf" in schema:  # the bounds are of what is not None
            return {
                **schema,
                "anyOf": [each | found if each.get("type") != "null" else each for each in schema["anyOf"]],
            }
        return schema | found


def has_default(call: ast.Call) -> bool:
    """Whether ``Field(…)``, ``Query(…)`` and the like say what holds where nothing is given."""
    if any(each.arg in ("default", "default_factory") and not _is_ellipsis(each.value) for each in call.keywords):
        return True
    return bool(call.args) and _last(call.func) not in _POSITIONAL and not _is_ellipsis(call.args[0])


def alias_of(metadata: Sequence[ast.AST | None]) -> str:
    """The name that a field has outside; empty where it has its own."""
    calls = (each for each in metadata if isinstance(each, ast.Call))
    keywords = (keyword for call in calls for keyword in call.keywords if keyword.arg in ("alias", "validation_alias"))
    return next((str(_value(each.value)) for each in keywords if isinstance(_value(each.value), str)), "")


def _bounds(call: ast.Call) -> Iterator[tuple[str, Any]]:
    given = zip(_POSITIONAL.get(_last(call.func), ()), call.args, strict=False)
    named = ((_BOUNDS[each.arg], each.value) for each in call.keywords if each.arg in _BOUNDS)
    for name, node in (*given, *named):
        if (value := _value(node)) is not None:
            yield name, value


def _value(node: ast.AST) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None


def _is_ellipsis(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _last(node: ast.AST) -> str:
    """The last part of a dotted name; of ``X[…]`` that of X; empty for other things."""
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
