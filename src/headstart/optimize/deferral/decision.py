"""Which imports may be deferred: a table of reasons over what was seen of them while the events ran."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from headstart.model.deferral import DeferrableImport
from headstart.model.deferral_result import Culprit, Decision, Why

# What loads faster costs about as much to put off. Against a bound of 0.5 ms this saves CPU time of init and memory, of
# Powertools 5 and 3 %, of requests with lxml 6 and 1 % (n = 10 each); a lower bound saves neither.
SAVED_MS_MIN: Final = 0.1


class ModuleLoad(msgspec.Struct, frozen=True):
    """How long one module took to load without those that it loaded, ``loaded``."""

    self_ms: float
    loaded: tuple[str, ...] = ()


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen with every import eager. An import is known by its number, its place among all of the package.

    ``used_by`` has the first event that used it; ``elsewhere`` are those first used off the main thread, ``modules``
    what was loaded.
    """

    in_init: frozenset[int]
    used_by: dict[int, str]
    elsewhere: frozenset[int]
    modules: frozenset[str]


class Seen(msgspec.Struct, frozen=True):
    """What the probe saw of one environment: a record after init, then one after each of ``events``."""

    records: Sequence[Mapping[str, Any]]
    events: tuple[str, ...]

    @property
    def modules(self) -> frozenset[str] | None:
        """What is loaded in the end; None where not all events were answered."""
        return frozenset(self.records[-1]["modules"]) if len(self.records) > len(self.events) else None


def profile(seen: Sequence[Seen]) -> Profile:
    """The union over environments; what a later event used counts for it only where no earlier one did."""
    in_init: set[int] = set()
    elsewhere: set[int] = set()
    used_by: dict[int, str] = {}
    modules: set[str] = set()
    for environment in seen:
        for record in environment.records[:1]:
            in_init.update(record["touched"])
        for record, event in zip(environment.records[1:], environment.events, strict=False):
            for number in record["touched"]:
                used_by.setdefault(number, event)
        for record in environment.records:
            elsewhere.update(record["elsewhere"])
            modules.update(record["modules"])
    return Profile(
        in_init=frozenset(in_init), used_by=used_by, elsewhere=frozenset(elsewhere), modules=frozenset(modules)
    )


def eager(imports: Sequence[DeferrableImport], seen: Profile, *, known: Sequence[Culprit]) -> dict[int, Decision]:
    """Those that stay eager whatever else is deferred: used, or known to change what a function does."""
    found = {}
    for number, statement in enumerate(imports):
        culprit = next((each for each in known if each.is_of(statement)), None)
        if number in seen.elsewhere:
            found[number] = Decision(of=statement, why=Why.USED_ELSEWHERE)
        elif number in seen.in_init:
            found[number] = Decision(of=statement, why=Why.USED_IN_INIT)
        elif number in seen.used_by:
            found[number] = Decision(of=statement, why=Why.USED_BY_EVENT, detail=seen.used_by[number])
        elif culprit is not None:
            found[number] = Decision(of=statement, why=Why.KNOWN_CULPRIT, detail=culprit.reason)
    return found


class Imports:
    """The imports of a package by their numbers, and how they hang together."""

    def __init__(self, statements: Sequence[DeferrableImport]) -> None:
        self.statements = statements
        self._by_name = {(importer(each), each.binds): each for each in statements}

    def targets(self, statement: DeferrableImport) -> frozenset[str]:
        """The modules that it loads, if what it takes from one is one too, or is imported there and not loaded yet."""
        found: set[str] = set()
        following: DeferrableImport | None = statement
        while following is not None and following.module not in found:
            found.add(following.module)
            if following.attribute:
                found.add(f"{following.module}.{following.attribute}")
            following = self._by_name.get((following.module, following.attribute))
        return frozenset(found)

    def vain(self, chosen: Iterable[int], *, seen: Profile) -> dict[int, Decision]:
        """Those of ``chosen`` that do not run, or whose modules are not loaded, when every import is eager."""
        found = {}
        for number in chosen:
            statement = self.statements[number]
            if importer(statement) not in seen.modules:
                found[number] = Decision(of=statement, why=Why.NOT_REACHED)
            elif seen.modules.isdisjoint(self.targets(statement)):
                found[number] = Decision(of=statement, why=Why.LOADS_NOTHING)
        return found

    def idle(self, chosen: Iterable[int], *, seen: Profile, modules: frozenset[str]) -> dict[int, Decision]:
        """Those of ``chosen`` that keep nothing out: ``modules`` are loaded in the end although they are deferred."""
        found, kept_out = {}, seen.modules - modules
        for number in chosen:
            statement = self.statements[number]
            if importer(statement) not in modules:
                found[number] = Decision(of=statement, why=Why.NOT_REACHED)
            elif kept_out.isdisjoint(self.targets(statement)):
                found[number] = Decision(of=statement, why=Why.LOADS_NOTHING)
        return found


def importer(statement: DeferrableImport) -> str:
    """The name of the module that has the statement."""
    return statement.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Savings:
    """How much the deferral of imports saves, where the modules ``kept_out`` are then not loaded.

    It is the time of all those that the imports would load, by whichever way: what loaded them first may be deferred
    as well.
    """

    def __init__(self, imports: Imports, loads: Mapping[str, ModuleLoad], *, kept_out: frozenset[str]) -> None:
        self._imports = imports
        self._loads = loads
        self._kept_out = kept_out
        self._edges: dict[str, set[str]] = {name: set(load.loaded) for name, load in loads.items()}
        for statement in imports.statements:
            self._edges.setdefault(importer(statement), set()).update(imports.targets(statement))

    def of(self, statements: Iterable[DeferrableImport]) -> float:
        """Of all of them together, in ms."""
        return self.of_modules(self._reached([name for each in statements for name in self._imports.targets(each)]))

    def of_modules(self, names: Iterable[str]) -> float:
        """Of those that are not loaded, in ms."""
        return sum(self._loads[name].self_ms for name in names if name in self._loads)

    def _reached(self, names: Iterable[str]) -> Iterator[str]:
        waiting, found = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in self._kept_out and name not in found:
                found.add(name)
                yield name
                waiting += self._edges.get(name, ())
                waiting.append(name.rpartition(".")[0])
