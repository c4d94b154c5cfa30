"""The search for imports to defer, over packages that are scripts: decisions, halving, what is kept and taken over."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from headstart.errors import ConfigError
from headstart.model.deferral import DeferrableImport
from headstart.model.deferral_result import Culprit, DeferralResult, Why
from headstart.model.invocation import Event, Succeeded
from headstart.model.lock import Lock
from headstart.model.progress import NoProgress
from headstart.model.proof import Observed, Side
from headstart.optimize.deferral import bisection, culprits, decision, lock
from headstart.optimize.deferral.decision import Imports, ModuleLoad, Savings, Seen
from headstart.optimize.deferral.journal import Journal, Trial
from headstart.optimize.deferral.search import Search, Searched
from headstart.optimize.deferral.trials import SWITCH, Trials, only
from headstart.optimize.proof.prove import Setting
from headstart.optimize.proof.replay import steps
from headstart.testing import report

EVENTS = (Event(b"1", name="one"), Event(b"2", name="two"))


def statement(path: str, module: str, attribute: str = "", *, line: int = 1) -> DeferrableImport:
    text = f"from {module} import {attribute}" if attribute else f"import {module}"
    name = attribute or module
    return DeferrableImport(
        path=path, line=line, column=0, text=text, module=module, attribute=attribute, binds=name, distribution="p==1"
    )


class Package:
    """A package of modules that each import others: ``imports`` by number, of which the numbers ``used`` are touched.

    Each module takes ``ms`` to load, or what ``of`` says; ``hidden`` are loaded by others in ways that no import shows.
    ``differs`` says of the deferred numbers and an event whether the answer is wrong.
    """

    def __init__(self, imports: Sequence[DeferrableImport], differs: Callable[[frozenset[int], str], bool]) -> None:
        self.imports, self.differs = imports, differs
        self.used: frozenset[int] = frozenset()
        self.used_deferred: frozenset[int] = frozenset()
        self.used_apart: frozenset[int] = frozenset()
        self.ms = 5.0
        self.of: dict[str, float] = {}
        self.passes: list[tuple[str, list[str]]] = []
        self.volatile = False
        self.hidden: dict[str, str] = {}

    def modules(self, deferred: frozenset[int]) -> list[str]:
        loaded, waiting = ["app"], ["app"]
        while waiting:
            name = waiting.pop(0)
            for number, each in enumerate(self.imports):
                if decision.importer(each) == name and number not in deferred:
                    new = [target for target in [each.module] if target not in loaded]
                    loaded += new
                    waiting += new
        return loaded + [inner for name, inner in self.hidden.items() if name in loaded]

    async def seen(self, switch: str) -> Seen:
        deferred = numbers(switch) if switch.startswith("only:") else frozenset[int]()
        touched = self.used | (self.used_deferred & deferred)
        record = {"touched": sorted(touched), "elsewhere": [], "modules": self.modules(deferred)}
        return Seen([record | {"touched": []}, record, record], ("one", "two"))

    async def everywhere(self, switch: str) -> list[Seen]:
        deferred = numbers(switch)
        record = {"touched": sorted(self.used_apart & deferred), "elsewhere": [], "modules": []}
        return [Seen([record], ("two",)), await self.seen(switch)]

    @asynccontextmanager
    async def open_pass(self, setting: Setting) -> AsyncIterator["Package.Observer"]:
        self.passes.append((setting.variables.get(SWITCH, "old"), []))
        yield Package.Observer(self, setting)

    class Observer:
        def __init__(self, package: "Package", setting: Setting) -> None:
            self.package, self.setting = package, setting

        async def observe(self, event: Event, *, fresh: bool) -> Observed:
            self.package.passes[-1][1].append(event.name)
            is_old = self.setting.side is Side.OLD
            is_wrong = not is_old and self.package.differs(numbers(self.setting.variables[SWITCH]), event.name)
            answer = str(self.setting.seed) if self.package.volatile and is_old else "0"
            outcome = Succeeded(b'"wrong"' if is_wrong else answer.encode())
            return Observed(report=report(outcome=outcome, event_name=event.name))

        async def close(self) -> None: ...

    def trials(self, journal: Journal) -> Trials:
        return Trials(self.open_pass, EVENTS, plan=steps([1, 0]), journal=journal)

    async def search(self, journal: Journal, known: Sequence[Culprit] = ()) -> Searched:
        search = Search(
            self.imports,
            seen=decision.profile([await self.seen("observe")]),
            loads={name: ModuleLoad(self.of.get(name, self.ms)) for name in self.modules(frozenset())},
            probe=self,
            trials=self.trials(journal),
            progress=NoProgress(),
        )
        return await search.run(known)


def numbers(switch: str) -> frozenset[int]:
    bits = int(switch.removeprefix("only:"), 16)
    return frozenset(number for number in range(bits.bit_length()) if bits >> number & 1)


def nothing(*_: object) -> bool:
    return False


FLAT = [statement("app.py", f"m{number}", line=number) for number in range(9)]


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "trials.jsonl")


def whys(searched: Searched) -> list[Why]:
    return [each.why for each in searched.decisions]


async def test_what_no_event_uses_is_deferred_and_all_else_says_why_not(journal):
    imports = [
        statement("app.py", "used"),
        statement("app.py", "unused"),
        statement("unused.py", "inner"),
        statement("app.py", "twice"),
        statement("used.py", "twice"),
    ]
    package = Package(imports, nothing)
    package.used = frozenset({0, 4})
    searched = await package.search(journal)
    assert whys(searched) == [Why.USED_BY_EVENT, Why.UNUSED, Why.NOT_REACHED, Why.LOADS_NOTHING, Why.USED_BY_EVENT]
    assert searched.decisions[0].detail == "one"
    assert searched.decisions[1].saved_ms == 10.0  # with inner, which nothing else loads
    assert searched.culprits == ()


async def test_what_is_seen_to_be_used_only_when_it_is_deferred_stays_eager(journal):
    """As when its name is read from its package, where the import system binds it too."""
    package = Package(FLAT, lambda deferred, _: 3 in deferred)
    package.used_deferred = frozenset({3, 4})
    searched = await package.search(journal)
    assert [number for number, why in enumerate(whys(searched)) if why is Why.USED_BY_EVENT] == [3, 4]
    assert searched.culprits == ()


async def test_what_is_used_only_in_an_environment_of_its_own_stays_eager(journal):
    package = Package(FLAT, nothing)
    package.used_apart = frozenset({3, 4})
    searched = await package.search(journal)
    assert [number for number, why in enumerate(whys(searched)) if why is Why.USED_IN_INIT] == [3, 4]


async def test_what_loads_in_no_time_stays(journal):
    package = Package(FLAT, nothing)
    package.ms = 0.04
    assert set(whys(await package.search(journal))) == {Why.SAVES_LITTLE}


async def test_what_loads_in_no_time_is_deferred_where_it_would_load_what_another_keeps_out(journal):
    """What loaded ``heavy`` first is deferred, and what ``light`` loads besides is not known of it."""

    package = Package([statement("app.py", "light"), statement("app.py", "other", line=2)], nothing)
    package.hidden = {"light": "heavy"}
    package.ms = 0.04
    assert set(whys(await package.search(journal))) == {Why.SAVES_LITTLE}
    package.of = {"heavy": 40.0}
    assert set(whys(await package.search(journal))) == {Why.UNUSED}


async def test_the_culprits_and_no_others_are_eager_and_say_what_differed(journal):
    package = Package(FLAT, lambda deferred, event: bool(deferred & {2, 7}) and event == "two")
    searched = await package.search(journal)
    assert [number for number, why in enumerate(whys(searched)) if why is not Why.UNUSED] == [2, 7]
    assert {each.text for each in searched.culprits} == {"import m2", "import m7"}
    assert searched.culprits[0].reason == "response differs in fresh, invocation 1 (two)"


async def test_a_difference_in_one_environment_is_found_where_it_is(journal):
    """Answers differ only after both events were there: in the warm stretch, whose beginning is enough to halve."""
    package = Package(FLAT, nothing)
    package.differs = lambda deferred, event: 4 in deferred and len(package.passes[-1][1]) == 2
    searched = await package.search(journal)
    assert whys(searched)[4] is Why.CULPRIT
    assert "warm, invocation 2 (two)" in searched.culprits[0].reason
    trials = [names for switch, names in package.passes if switch != "old"]
    assert ["one", "two"] in trials


async def test_one_of_two_that_matter_together_is_enough(journal):
    package = Package(FLAT, lambda deferred, _: {2, 7} <= deferred)
    assert [number for number, why in enumerate(whys(await package.search(journal))) if why is Why.CULPRIT] == [2]


async def test_what_seemed_to_matter_before_another_was_found_is_deferred_after_all(journal):
    """Halving makes 3 eager, and so finds 7, which matters to 3 alone; but 0 is what mattered."""
    package = Package(FLAT, lambda deferred, _: 0 in deferred or (7 in deferred and 3 not in deferred))
    searched = await package.search(journal)
    assert [number for number, why in enumerate(whys(searched)) if why is not Why.UNUSED] == [0]
    tried = {switch for switch, _ in package.passes}
    assert only(frozenset({8})) in tried


async def test_nothing_is_deferred_when_something_differs_with_every_import_eager(journal):
    searched = await Package(FLAT, lambda *_: True).search(journal)
    assert searched.unexplained is not None
    assert searched.deferred == ()


async def test_known_culprits_are_not_tried(journal):
    package = Package(FLAT, lambda deferred, _: 3 in deferred)
    searched = await package.search(journal, [Culprit(distribution="p==1", path="app.py", text="import m3")])
    assert whys(searched)[3] is Why.KNOWN_CULPRIT
    other = await package.search(journal, [Culprit(distribution="p==2", path="app.py", text="import m3")])
    assert whys(other)[3] is Why.CULPRIT


async def test_an_interrupted_search_goes_on_without_a_trial_made_again(tmp_path):
    package = Package(FLAT, lambda deferred, _: 3 in deferred)
    file = tmp_path / "trials.jsonl"
    first = await package.search(Journal(file))
    file.write_bytes(file.read_bytes() + b'\n{"deferred": "only:f')
    made = len(package.passes)
    again = await package.search(Journal(file))
    assert again == first
    # Only what confirms a difference is run anew, with what it is compared with.
    assert [switch for switch, _ in package.passes[made:] if switch != "old"] == [only(frozenset(range(9)))]


def test_what_is_kept_after_a_line_that_was_cut_off_is_read(tmp_path):
    file = tmp_path / "trials.jsonl"
    file.write_bytes(b'{"deferred": "only:f')
    trial = Trial("only:3", 1, 2, None, 0)
    Journal(file).keep(trial)
    assert Journal(file).get("only:3", 1, length=2) == trial


async def test_what_the_package_does_not_repeat_is_told(journal):
    package = Package(FLAT, nothing)
    assert await package.trials(journal).volatile(0) == ()
    package.volatile = True
    (field,) = await package.trials(journal).volatile(0)
    assert (field.field, field.values) == ("response", ("0", "1"))


def test_what_is_used_off_the_main_thread_says_so_whatever_else_it_is():
    record = {"touched": [0, 1], "elsewhere": [1], "modules": ["app"]}
    seen = decision.profile([Seen([record], ())])
    assert [each.why for each in decision.eager(FLAT[:2], seen, known=()).values()] == [
        Why.USED_IN_INIT,
        Why.USED_ELSEWHERE,
    ]


def test_what_the_second_event_used_too_is_told_of_the_first():
    records = [{"touched": touched, "elsewhere": [], "modules": []} for touched in ([], [1], [1, 2])]
    assert decision.profile([Seen(records, ("one", "two"))]).used_by == {1: "one", 2: "two"}


def test_an_import_of_a_submodule_counts_what_its_package_takes_too():
    imports = [statement("app.py", "pkg", "sub"), statement("pkg/__init__.py", "pkg.core")]
    loads = {
        "pkg": ModuleLoad(1),
        "pkg.sub": ModuleLoad(2, ("native",)),
        "pkg.core": ModuleLoad(4),
        "native": ModuleLoad(8),
    }
    everything = frozenset(loads)
    assert Savings(Imports(imports), loads, kept_out=everything).of(imports[:1]) == 15
    assert Savings(Imports(imports), loads, kept_out=everything - {"pkg.core"}).of(imports[:1]) == 11


def test_an_import_keeps_out_what_its_module_puts_off_as_well():
    """What it takes is pending there: were it eager, it would load that."""
    imports = Imports([statement("app.py", "pkg", "x"), statement("pkg/__init__.py", "pkg.heavy", "x")])
    everything = frozenset({"app", "pkg", "pkg.heavy"})
    seen = decision.profile([Seen([{"touched": [], "elsewhere": [], "modules": sorted(everything)}], ())])
    assert imports.targets(imports.statements[0]) == {"pkg", "pkg.x", "pkg.heavy", "pkg.heavy.x"}
    assert imports.idle([0, 1], seen=seen, modules=everything - {"pkg.heavy"}) == {}
    assert set(imports.idle([0, 1], seen=seen, modules=everything)) == {0, 1}


def test_imports_in_a_circle_have_targets():
    imports = Imports([statement("a.py", "b", "x"), statement("b.py", "a", "x")])
    assert imports.targets(imports.statements[0]) == {"a", "a.x", "b", "b.x"}


def test_names_of_one_module_are_eager_together_and_modules_come_as_they_were_loaded():
    imports = [
        statement("late.py", "x", "a"),
        statement("app.py", "y", "a", line=1),
        statement("app.py", "z", "a", line=2),
        statement("app.py", "y", "b", line=3),
        statement("app.py", "y", "submodule", line=4),
    ]
    loaded = ["app", "y", "y.submodule", "late"]
    assert bisection.units(imports, frozenset(range(5)), loaded=loaded) == [(1, 3), (2,), (4,), (0,)]


def test_the_lock_is_read_as_it_was_written_and_taken_over_by_distribution(tmp_path):
    file = tmp_path / "headstart.lock.json"
    assert lock.read(file) is None
    kept_culprits = (
        Culprit(distribution="p==1", path="p.py", text="import q"),
        Culprit(distribution="r==2", path="", text=""),
    )
    result = DeferralResult(events=("one",), culprits=kept_culprits)
    lock.write(file, Lock(key="k", result=result))
    kept = lock.read(file)
    assert kept is not None
    assert (kept.key, kept.result) == ("k", result)
    assert lock.taken_over(kept, ("p==1", "r==3")) == kept_culprits[:1]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_the_culprits_that_ship_are_pinned_and_each_is_told_once():
    known = culprits.known()
    places = [(each.distribution, each.path, each.text) for each in known]
    assert places == sorted(set(places))
    assert all(re.fullmatch(r"[\w.-]+==\d[\w.]*", each.distribution) and each.reason for each in known)
    assert "mpmath==1.3.0" in {each.distribution for each in known}


@pytest.mark.parametrize(
    ("content", "why"), [("{", "is no lock"), ('{"version": 2, "key": "", "result": {"events": []}}', "has version 2")]
)
def test_a_lock_that_cannot_be_understood_is_said(tmp_path, content, why):
    file = tmp_path / "headstart.lock.json"
    file.write_text(content)
    with pytest.raises(ConfigError, match=why):
        lock.read(file)
