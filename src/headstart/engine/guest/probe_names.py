"""Which modules a line of code draws on: the names its bytecode loads, and where those names come from."""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType
    from typing import Any

    Namespace = Mapping[str, Any]
    Reference = tuple[str, ...] | list[Any]

_MODULE_TYPE = type(sys)
_MODULE_OF_TYPE = type.__dict__["__module__"].__get__
_NO_MODULE = (None, "builtins", "__builtin__")
_MISSING = object()
_DEPTH_MAX = 10
# The instructions whose argument is a name; not every Python has all of them.
_NAMING = (
    "LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_ATTR", "LOAD_METHOD", "IMPORT_NAME", "IMPORT_FROM",
    "STORE_NAME",
)  # fmt: skip


def operation_numbers() -> dict[str, int]:
    """Opcodes by name. ``opcode`` is forgotten again, so that the function's own import of it is seen as its own."""
    loaded = set(sys.modules)
    from opcode import opmap

    for name in set(sys.modules) - loaded:
        del sys.modules[name]
    return dict(opmap)


class Bytecode:
    """Reads the few instructions that load, import and bind names, on every Python from 3.10 on."""

    def __init__(self) -> None:
        numbers = operation_numbers()
        minor = sys.version_info[1]
        # The lowest bit of these arguments is a flag of the calling convention.
        flagged = {"LOAD_GLOBAL": minor >= 11, "LOAD_ATTR": minor >= 12}
        named = [name for name in _NAMING if name in numbers]
        self._named = {numbers[name]: (name, int(flagged.get(name, False))) for name in named}
        self._extended = numbers["EXTENDED_ARG"]
        self._constant = numbers["LOAD_CONST"]
        self._small_int = numbers.get("LOAD_SMALL_INT", -1)

    def operations(self, code: CodeType) -> Iterator[tuple[int, str, Any]]:
        """Yield (offset, operation, argument); ``OTHER`` for what does not name anything.

        The argument of IMPORT_NAME is (name, level, wanted names).
        """
        raw, names, constants = code.co_code, code.co_names, code.co_consts
        named, extended = self._named, self._extended
        high = 0
        level: Any = None
        wanted: Any = None
        for offset in range(0, len(raw), 2):
            number, argument = raw[offset], raw[offset + 1] | high
            high = 0
            if number == extended:
                high = argument << 8
            elif number in named:
                operation, shift = named[number]
                name = names[argument >> shift]
                yield offset, operation, (name, level, wanted) if operation == "IMPORT_NAME" else name
            elif number == self._constant:
                level, wanted = wanted, constants[argument]
                yield offset, "OTHER", None
            elif number == self._small_int:
                level, wanted = wanted, argument
                yield offset, "OTHER", None
            elif number:  # 0 is the inline cache
                yield offset, "OTHER", None

    def references(self, code: CodeType) -> Iterator[tuple[int | None, Reference]]:
        """Yield (line, reference) of a function: a tuple of names as in ``a.b.c``, or an import as (name, level,
        wanted names) in a list."""
        line_at = _line_finder(code)
        chain: tuple[str, ...] = ()
        line: int | None = None
        for offset, operation, argument in self.operations(code):
            if chain and operation in ("LOAD_ATTR", "LOAD_METHOD"):
                chain += (argument,)
                continue
            if chain:
                yield line, chain
                chain = ()
            if operation in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
                chain, line = (argument,), line_at(offset)
            elif operation == "IMPORT_NAME":
                yield line_at(offset), list(argument)
        if chain:
            yield line, chain

    def imports(self, code: CodeType, package: str) -> dict[str, tuple[str, str]]:
        """What the ``from`` imports of a module's body bind: name -> (module, name there)."""
        bound: dict[str, tuple[str, str]] = {}
        source: str | None = None
        wanted: str | None = None
        for _, operation, argument in self.operations(code):
            if operation == "IMPORT_NAME":
                name, level, names = argument
                source = absolute_name(name, level, package=package) if names else None
            elif operation == "IMPORT_FROM":
                wanted = argument
            elif operation == "STORE_NAME" and source and wanted:
                bound[argument], wanted = (source, wanted), None
        return bound


def absolute_name(name: str, level: int, *, package: str) -> str | None:
    """The full name of an imported module; None where a relative one leads nowhere."""
    if not level:
        return name
    parts = package.split(".")
    if not package or level > len(parts):
        return None
    anchor = ".".join(parts[: len(parts) - level + 1])
    return f"{anchor}.{name}" if name else anchor


class Origins:
    """Answers which modules a reference draws on. Runs no code of the function: attributes are read, never computed."""

    def __init__(self, bytecode: Bytecode) -> None:
        self._bytecode = bytecode
        self._bindings: dict[str, dict[str, tuple[str, str]]] = {}

    def of_reference(self, reference: Reference, namespace: Namespace) -> Iterator[str | None]:
        """Yield the names of the modules that ``reference``, met in a module's ``namespace``, draws on."""
        if isinstance(reference, list):
            yield from _imported(reference, namespace)
            return
        yield from self._binding(namespace.get("__name__"), reference[0])
        value = namespace.get(reference[0], _MISSING)
        for attribute in reference[1:]:
            if not issubclass(type(value), _MODULE_TYPE):
                break
            name = module_of(value)
            yield name
            yield from self._binding(name, attribute)
            value = _members(value).get(attribute, _MISSING)
        if value is not _MISSING:
            yield module_of(value)

    def _binding(self, module: str | None, name: str) -> Iterator[str]:
        """The modules through which a ``from`` import brought ``name`` into ``module``."""
        for _ in range(_DEPTH_MAX):
            binding = self._bindings_of(module or "").get(name)
            if binding is None:
                return
            module, name = binding
            yield module

    def _bindings_of(self, module: str) -> dict[str, tuple[str, str]]:
        if module not in self._bindings:
            members = _members(sys.modules.get(module))
            code = _body(members, module)
            package = members.get("__package__") or ""
            self._bindings[module] = self._bytecode.imports(code, package) if code is not None else {}
        return self._bindings[module]


def module_of(value: Any) -> str | None:
    """The name of the module that defines ``value`` or its type; None for what Python itself defines."""
    kind = type(value)
    if issubclass(kind, _MODULE_TYPE):
        return _members(value).get("__name__")
    if kind in (FunctionType, BuiltinFunctionType):
        name = value.__module__
    elif kind is MethodType:
        return module_of(value.__func__)
    else:
        name = _MODULE_OF_TYPE(value if issubclass(kind, type) else kind)
    return name if isinstance(name, str) and name not in _NO_MODULE else None


def _members(module: object) -> Namespace:
    return object.__getattribute__(module, "__dict__") if issubclass(type(module), _MODULE_TYPE) else {}


def _body(members: Namespace, module: str) -> CodeType | None:
    """A module's compiled body, from its loader; None where there is none."""
    loader: Any = getattr(members.get("__spec__"), "loader", None)
    try:
        code: CodeType | None = loader.get_code(module)
    except Exception:  # extension modules, loaders without code, files that are gone
        return None
    return code


def _imported(reference: list[Any], namespace: Namespace) -> Iterator[str]:
    name, level, wanted = reference
    package = namespace.get("__package__") or ""
    source = absolute_name(name, level, package=package)
    if source:
        yield source
        yield from (f"{source}.{entry}" for entry in wanted or ())


def _line_finder(code: CodeType) -> Callable[[int], int | None]:
    ranges = list(code.co_lines())
    position = 0

    def line_at(offset: int) -> int | None:  # offsets come in order
        nonlocal position
        while position < len(ranges) - 1 and ranges[position][1] <= offset:
            position += 1
        return ranges[position][2]

    return line_at
