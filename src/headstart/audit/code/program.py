"""Python code as rules see it: modules, functions, calls by the dotted name of what they call, and who calls whom."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec

from headstart.audit.code.bindings import Bindings
from headstart.audit.code.names import Names
from headstart.audit.code.nodes import Nodes
from headstart.audit.code.scopes import Scope
from headstart.model.infrastructure import Place
from headstart.model.python_places import PythonPlaces


class Call(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A call. ``name`` is what is called, resolved through imports and assignments: ``boto3.client``, ``os.getenv``;
    a method of what a call returned reads ``psycopg2.pool.SimpleConnectionPool().getconn``, of an item of it
    ``boto3.client().get_object()[].read``; a function of the program itself reads ``app.get_client`` (module and
    qualified name), also through an object of its class, ``app.Orders.create``; empty when nothing is known.

    ``target`` is the program's own function or method that is called (``__init__`` of a class). ``in_function`` is the
    innermost function around it, None at module level. ``is_memoised``: its function keeps the result for later
    invocations (functools.cache, lru_cache, the kit's ``resource`` or ``cached``, a property that stores it).
    ``is_lazy_global``: it runs to fill a global, an attribute or an item of one, under a test that it is not there yet.
    ``in_loop`` (comprehensions too), ``in_try``, ``in_except``, ``in_with`` are about statements around it within the
    same function; ``is_entered``: a ``with`` closes what it returns; ``in_main``: under ``if __name__ == "__main__"``.
    """

    name: str
    node: ast.Call
    module: "Module"
    target: "Function | None" = None
    in_function: "Function | None" = None
    is_memoised: bool = False
    is_lazy_global: bool = False
    in_loop: bool = False
    in_try: bool = False
    in_with: bool = False
    in_except: bool = False
    in_main: bool = False
    is_entered: bool = False

    def __repr__(self) -> str:
        return f"Call({self.name} at {self.place})"

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.module.at(self.node)

    def argument(self, name: str, position: int | None = None) -> ast.expr | None:
        """The argument given by ``name``, or at ``position`` (from 0)."""
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword.value
        given = self.node.args
        if position is not None and position < len(given) and not isinstance(given[position], ast.Starred):
            return given[position]
        return None

    @property
    def has_unpacked_arguments(self) -> bool:
        """Whether ``*args`` or ``**kwargs`` are passed, so that an argument may be given unseen."""
        starred = any(isinstance(argument, ast.Starred) for argument in self.node.args)
        return starred or any(keyword.arg is None for keyword in self.node.keywords)


class Function(msgspec.Struct, eq=False, kw_only=True):
    """A function or method of the program. ``name`` is its qualified name in the module: ``Orders.create``.

    ``calls`` made directly in it (not in functions nested in it), in order.
    """

    name: str
    module: "Module"
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    in_class: str = ""
    in_function: "Function | None" = None
    is_memoised: bool = False
    calls: list[Call] = []

    def __repr__(self) -> str:
        return f"Function({self.full_name} at {self.place})"

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.module.at(self.node)

    @property
    def full_name(self) -> str:
        """With its module: ``app.Orders.create``."""
        return f"{self.module.name}.{self.name}"


class Module(msgspec.Struct, eq=False, kw_only=True, dict=True):
    """A parsed file. ``imports`` has the dotted name that each local name is bound to by import, at any level;
    ``functions`` by qualified name; ``calls`` at module level (class bodies included), in order.
    """

    name: str
    file: str
    source: str
    tree: ast.Module
    scope: Scope
    imports: dict[str, str] = {}
    functions: dict[str, Function] = {}
    calls: list[Call] = []

    def __repr__(self) -> str:
        return f"Module({self.name} in {self.file})"

    def at(self, node: ast.AST) -> Place:
        """Where a node stands."""
        return self._places.at(node)

    def local_name(self, full_name: str) -> str:
        """A name without this module before it."""
        return full_name[len(self.name) + 1 :]

    def mentions(self, *texts: str) -> bool:
        """Whether one of the texts is in the source: a cheap question before a dear one."""
        return any(text in self.source for text in texts)

    def every_call(self) -> Iterator[Call]:
        """All calls in the file."""
        yield from self.calls
        for function in self.functions.values():
            yield from function.calls

    @cached_property
    def _places(self) -> PythonPlaces:
        return PythonPlaces(self.file, self.source)

    @cached_property
    def nodes(self) -> Nodes:
        """Its syntax nodes by type."""
        return Nodes(self.tree)

    @cached_property
    def bindings(self) -> Bindings:
        """The names it binds and reads."""
        return Bindings(self.nodes)

    @cached_property
    def call_of(self) -> dict[ast.Call, Call]:
        """What is known of each call in the file, by its node."""
        return {call.node: call for call in self.every_call()}

    @cached_property
    def function_of(self) -> dict[ast.AST, Function]:
        """The functions of the file by their nodes."""
        return {function.node: function for function in self.functions.values()}

    def function_around(self, node: ast.AST) -> Function | None:
        """The innermost function that a node stands in."""
        found = (self.function_of.get(outer) for outer in self.nodes.around(node))
        return next((function for function in found if function is not None), None)


class Reach(Protocol):
    """Knows the call graph."""

    def all(self, start: Function, *, repeated: bool = False) -> dict[Function, tuple[Call, ...]]:
        """As `Program.reachable` and `Program.repeated`."""
        ...


class Program(msgspec.Struct, eq=False, kw_only=True, dict=True):
    """A package's own code (what an installer put there is left out), or a CDK program.

    ``not_parsed`` has (file, why) of files that are not Python of this version. ``names`` resolves expressions.
    """

    root: Path
    names: Names
    reach: Reach
    modules: dict[str, Module] = {}
    not_parsed: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Program({len(self.modules)} modules in {self.root})"

    def function(self, full_name: str) -> Function | None:
        """The function with this module and qualified name, ``app.handler``; imports of it are followed."""
        found = self.functions.get(full_name)
        if found is not None:
            return found
        module, _, name = full_name.rpartition(".")
        if module in self.modules:
            return self.functions.get(self.names.attribute(module, name))
        return None

    def resolve(self, node: ast.expr, function: Function | None = None, *, module: Module | None = None) -> str:
        """The dotted name (see `Call`) that an expression in ``function``, or at module level, stands for."""
        scope = function.scope if function is not None else module.scope if module is not None else None
        return self.names.value(node, scope) if scope is not None else ""

    def reachable(self, start: Function) -> dict[Function, tuple[Call, ...]]:
        """Every function of the program that a call of ``start`` may run, itself included, and the calls on the
        shortest way to it (none of a property or a callback). Functions nested in a reached one count as reached.
        """
        return self.reach.all(start)

    def repeated(self, start: Function) -> dict[Function, tuple[Call, ...]]:
        """As ``reachable``, without what runs once in the life of an execution environment: memoised functions, and
        what is only called to fill something kept.
        """
        return self.reach.all(start, repeated=True)

    def every_call(self) -> Iterator[Call]:
        """All calls in all modules."""
        for module in self.modules.values():
            yield from module.every_call()

    def calls_of(self, *names: str) -> list[Call]:
        """All calls of what has one of these names."""
        return [call for name in names for call in self._calls_by_name.get(name, ())]

    def calls_of_method(self, *names: str) -> list[Call]:
        """All calls of which the last part, as it is written, is one of ``names``: of methods, whatever owns them."""
        return [call for name in names for call in self._calls_by_method.get(name, ())]

    @cached_property
    def functions(self) -> dict[str, Function]:
        """All functions by module and qualified name."""
        modules = self.modules.values()
        return {function.full_name: function for module in modules for function in module.functions.values()}

    @cached_property
    def _calls_by_name(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = {}
        for call in self.every_call():
            found.setdefault(call.name, []).append(call)
        return found

    @cached_property
    def _calls_by_method(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = {}
        for call in self.every_call():
            if isinstance(call.node.func, ast.Attribute):
                found.setdefault(call.node.func.attr, []).append(call)
        return found
