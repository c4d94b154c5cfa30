"""Where names are bound and to what: modules, classes and functions as scopes, before anything is resolved."""

import ast
from enum import Enum

import msgspec


class Kind(Enum):
    """How a name got its value."""

    IMPORT = "import"
    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"
    ITEM = "item"
    ENTERED = "entered"
    OF_TYPE = "of type"
    OWN_OBJECT = "own object"
    UNKNOWN = "unknown"


class Binding(msgspec.Struct, frozen=True, eq=False):
    """One way a name is bound: the expression that is assigned (VALUE), iterated over (ITEM), entered by ``with``
    (ENTERED) or the annotation (OF_TYPE), to be read in ``scope``; or the dotted name of an import, a function, a
    class, or of an object (OWN_OBJECT).
    """

    kind: Kind
    node: ast.expr | None
    name: str
    scope: "Scope"


class Scope(msgspec.Struct, eq=False, kw_only=True):
    """A module, class or function body. ``name`` is dotted: ``app.Orders.create``.

    ``kept`` are what a class's methods assign to attributes of ``self``; ``returns`` and ``yields`` the expressions of
    a function's statements; ``elsewhere`` has the scopes of names that it declares ``global`` or ``nonlocal``.
    ``stars`` are the modules that all names are imported from. ``values`` remembers what names were resolved to;
    ``node`` is a lambda's own.
    """

    name: str
    module: str
    outer: "Scope | None" = None
    is_class: bool = False
    names: dict[str, list[Binding]] = {}
    kept: dict[str, list[Binding]] = {}
    parents: list[ast.expr] = []
    decorators: list[ast.expr] = []
    returns: list[ast.expr] = []
    yields: list[ast.expr] = []
    annotation: ast.expr | None = None
    elsewhere: "dict[str, Scope]" = {}
    stars: list[str] = []
    values: dict[str, str] = {}
    node: ast.Lambda | None = None

    def __repr__(self) -> str:
        return f"Scope({self.name})"

    def bind(self, name: str, binding: Binding) -> None:
        """Note that ``name`` is bound here, in one more way."""
        self.names.setdefault(name, []).append(binding)

    @property
    def around(self) -> "Scope | None":
        """The scope where names not bound here are looked up: classes do not lend theirs to their methods."""
        outer = self.outer
        while outer is not None and outer.is_class:
            outer = outer.outer
        return outer

    @property
    def class_around(self) -> "Scope | None":
        """The class that this function is a method of, or is nested in a method of."""
        scope = self.outer
        while scope is not None and not scope.is_class:
            scope = scope.outer
        return scope
