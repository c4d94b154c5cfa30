"""What the names of a CDK program stand for, beside Python's own numbers, texts, lists and dicts."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from headstart.model.infrastructure import Place, Symbolic


class Unknown(msgspec.Struct, frozen=True):
    """A value that is not known. ``is_outside``: it comes from outside the program, as a deployment's parameters do;
    else the program says it in a way that is not followed.
    """

    what: str = ""
    is_outside: bool = False


class Outside(msgspec.Struct, frozen=True):
    """Something imported, by its dotted name: a module, a class, a member of an enumeration."""

    name: str

    @property
    def last(self) -> str:
        """The name's last part."""
        return self.name.rpartition(".")[2]

    @property
    def is_of_the_cdk(self) -> bool:
        """Whether the CDK defines it, and not a module that is not followed."""
        return self.name.startswith(("aws_cdk", "constructs"))


class Duration(msgspec.Struct, frozen=True):
    """A ``Duration`` of the CDK."""

    seconds: float


class Size(msgspec.Struct, frozen=True):
    """A ``Size`` of the CDK."""

    mebibytes: float


class NotSet(msgspec.Struct, frozen=True):
    """None, as the property ``name`` of a construct that was made without this setting."""

    owner: str
    name: str


class Given(msgspec.Struct, frozen=True):
    """An argument, and where it stands."""

    value: Any
    place: Place


def is_open(value: Any) -> bool:
    """Whether a value may be anything."""
    return isinstance(value, Unknown | Symbolic) or (isinstance(value, Outside) and not value.is_of_the_cdk)


class Made(msgspec.Struct, eq=False, kw_only=True):
    """What a call of the CDK made. ``kind`` is what its methods go by: ``function``, ``alias``, ``metric`` …

    ``draft`` is its resource, None where it has none; ``path`` is the construct's. ``kept`` has what further calls need
    of it.
    """

    type: str
    kind: str = ""
    draft: Any = None
    path: tuple[str, ...] = ()
    given: Mapping[str, Given] = {}
    positional: tuple[Given, ...] = ()
    place: Place
    kept: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """The logical id of its resource, or nothing."""
        return "" if self.draft is None else str(self.draft.id)

    def value(self, name: str, position: int | None = None) -> Any:
        """The argument of this name or at this position; None where it was not given."""
        if name in self.given:
            return self.given[name].value
        is_there = position is not None and position < len(self.positional)
        return self.positional[position].value if is_there and position is not None else None

    def ref(self, attribute: str = "") -> Symbolic:
        """Its Ref, or GetAtt."""
        return Symbolic(f"${{{self.id}{'.' if attribute else ''}{attribute}}}", (self.id,))


class Method(msgspec.Struct, frozen=True, eq=False):
    """A method of something, not called yet."""

    owner: Any
    name: str


class OwnFunction(msgspec.Struct, eq=False, kw_only=True):
    """A function or method that the program defines; ``frame`` is where it was defined."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Any
    defaults: Mapping[str, Any] = {}
    owner: Any = None
    in_class: Any = None
    is_decorated: bool = False


class OwnClass(msgspec.Struct, eq=False, kw_only=True):
    """A class that the program defines. ``ancestors`` are own classes, and ``Outside`` or ``Unknown`` ones."""

    name: str
    node: ast.ClassDef
    frame: Any
    ancestors: tuple[Any, ...] = ()
    members: dict[str, Any] = {}

    def lineage(self) -> Iterator[Any]:
        """The class, then what it inherits from, nearest first."""
        yield self
        for each in self.ancestors:
            if isinstance(each, OwnClass):
                yield from each.lineage()
            else:
                yield each

    def find(self, name: str, *, after: "OwnClass | None" = None) -> Any:
        """The member of this name, of the class or what it inherits from (only what comes ``after`` a class of it)."""
        lineage = [each for each in self.lineage() if isinstance(each, OwnClass)]
        start = lineage.index(after) + 1 if after in lineage else 0
        return next((each.members[name] for each in lineage[start:] if name in each.members), None)

    @property
    def root(self) -> str:
        """The name of what it inherits from that the program does not define; empty for nothing."""
        found = (each for each in self.lineage() if not isinstance(each, OwnClass))
        return next((each.name if isinstance(each, Outside) else each.what for each in found), "")


class OwnObject(msgspec.Struct, eq=False, kw_only=True):
    """An object of a class that the program defines; ``made`` where it is a resource of the CDK itself.

    ``path`` is the construct's, None where it is none, and ``recorder`` writes down what is made in it.
    """

    own: OwnClass
    attributes: dict[str, Any] = {}
    path: tuple[str, ...] | None = None
    recorder: Any = None
    made: Made | None = None


class Super(msgspec.Struct, frozen=True, eq=False):
    """``super()`` in a method of a class."""

    object: OwnObject
    after: OwnClass


class Left(Exception):
    """A statement leaves its block: ``how`` is ``return``, ``break``, ``continue`` or ``raise``."""

    def __init__(self, how: str, value: Any = None) -> None:
        super().__init__(how)
        self.how, self.value = how, value


def constructs_in(value: Any) -> Iterator[Made]:
    """The constructs that a value is or holds."""
    if isinstance(value, Made):
        if value.id:
            yield value
        else:
            for given in (*value.positional, *value.given.values()):
                yield from constructs_in(given.value)
            yield from constructs_in(list(value.kept.values()))
    elif isinstance(value, OwnObject):
        if value.made is not None:
            yield value.made
    elif isinstance(value, Mapping):
        yield from constructs_in(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from constructs_in(each)


def holds_scope(value: Any) -> bool:
    """Whether constructs can be made in it."""
    if isinstance(value, list | tuple):
        return any(map(holds_scope, value))
    return isinstance(value, OwnObject) and value.path is not None
