"""Python code as rules see it: modules, functions, calls by the dotted name of what they call, and who calls whom."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from headstart.audit.code.bindings import Bindings
from headstart.audit.code.nodes import Nodes
from headstart.model.infrastructure import Place


class Call(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A call. ``name`` is what is called, resolved through imports and assignments: ``boto3.client``, ``os.getenv``;
    a method of what a call returned reads ``psycopg2.pool.SimpleConnectionPool().getconn``; a function of the
    program itself reads ``app.get_client`` (module and qualified name); empty when nothing is known.

    ``in_function`` is the innermost function around it, None at module level. ``is_memoised``: its function keeps the
    result for later invocations (functools.cache, lru_cache, the kit's ``resource`` or ``cached``, a property that
    stores it). ``is_lazy_global``: it is assigned to a global or an attribute under a test that it is not there yet.
    ``in_loop``, ``in_try``, ``in_with`` are about statements around it within the same function.
    """

    name: str
    node: ast.Call
    module: "Module"
    in_function: "Function | None" = None
    is_memoised: bool = False
    is_lazy_global: bool = False
    in_loop: bool = False
    in_try: bool = False
    in_with: bool = False

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
    in_class: str = ""
    in_function: "Function | None" = None
    is_memoised: bool = False
    calls: list[Call] = []

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
    imports: dict[str, str] = {}
    functions: dict[str, Function] = {}
    calls: list[Call] = []

    def at(self, node: ast.AST) -> Place:
        """Where a node stands."""
        return Place(self.file, getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1)

    def every_call(self) -> Iterator[Call]:
        """All calls in the file."""
        yield from self.calls
        for function in self.functions.values():
            yield from function.calls

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


class Program(msgspec.Struct, eq=False, kw_only=True):
    """A package's own code (what an installer put there is left out), or a CDK program.

    ``not_parsed`` has (file, why) of files that are not Python of this version.
    """

    root: Path
    modules: dict[str, Module] = {}
    not_parsed: tuple[tuple[str, str], ...] = ()

    def function(self, full_name: str) -> Function | None:
        """The function with this module and qualified name, ``app.handler``; imports of it are followed."""
        module, _, name = full_name.rpartition(".")
        while module:
            found = self.modules.get(module)
            if found is not None:
                return found.functions.get(name)
            module, _, prefix = module.rpartition(".")
            name = f"{prefix}.{name}"
        return None

    def reachable(self, start: Function) -> "dict[Function, tuple[Call, ...]]":
        """Every function of the program that ``start`` may call, itself included, and the calls on the shortest way
        to it. Functions nested in a reached one count as reached. Memoised functions are reached but not entered.
        """
        raise LookupError("written by the code reader")

    def every_call(self) -> Iterator[Call]:
        """All calls in all modules."""
        for module in self.modules.values():
            yield from module.every_call()
