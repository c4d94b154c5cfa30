"""Whatever the order of calls: the bounds of the cache hold, nothing too old is answered, and the counts are exact."""

from collections import OrderedDict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from kit.cache_trial import trial

from headstart_kit.cache.bounded_entries import BoundedEntries
from headstart_kit.cache.entry import Stale
from headstart_kit.cache.value_bytes import value_bytes
from headstart_kit.errors import UserError
from headstart_kit.second_tier import _arguments

KEYS = st.integers(0, 6)
# What a key's source has at the moment: a value, nothing, a fault of the caller's, or a failure.
STATES = st.sampled_from(["value", "nothing", "refused", "down"])
CALLS = [
    st.tuples(st.just("get"), KEYS),
    st.tuples(st.just("forget"), KEYS),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("pass"), st.floats(0, 30)),
    st.tuples(st.just("source"), STATES),
]
# Which of both clocks can be trusted is known as long as only one of them is disturbed.
STEPS = st.one_of(
    st.lists(st.one_of(*CALLS, st.tuples(st.just("freeze"), st.floats(0, 30))), max_size=60),
    st.lists(st.one_of(*CALLS, st.tuples(st.just("set clock"), st.floats(-1e6, 1e6))), max_size=60),
)


class Sized:
    """An entry of a known size."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes


@given(
    st.lists(st.tuples(st.sampled_from(["put", "use", "remove"]), KEYS, st.integers(0, 120)), max_size=80),
    st.integers(1, 5),
    st.integers(1, 300),
)
def test_entries_keep_to_both_bounds_and_lose_the_oldest_first(steps, max_items, max_bytes):
    entries: BoundedEntries[Sized] = BoundedEntries(max_items=max_items, max_bytes=max_bytes)
    model: OrderedDict[int, int] = OrderedDict()
    for step, key, size in steps:
        if step == "put":
            model.pop(key, None)
            gone = 0
            if size > max_bytes:
                gone = 1
            else:
                model[key] = size
                while len(model) > max_items or sum(model.values()) > max_bytes:
                    model.popitem(last=False)
                    gone += 1
            assert entries.put(key, Sized(size)) == gone
        elif step == "remove":
            model.pop(key, None)
            entries.remove(key)
        elif key in model:
            model.move_to_end(key)
            entries.by_key.move_to_end(key)
        assert [(key, entry.size_bytes) for key, entry in entries.by_key.items()] == list(model.items())
        assert entries.size_bytes == sum(model.values())


class Source:
    """What a key's values are loaded from; each value says when, and as which load of all."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.loads = 0
        self.state = "value"
        self.forgotten_at_load: dict[int, int] = {}

    def load(self, key: int) -> tuple[int, float, int] | None:
        self.loads += 1
        if self.state == "refused":
            raise UserError("no such key")
        if self.state == "down":
            raise ConnectionError("down")
        return None if self.state == "nothing" else (key, self.time_s, self.loads)


@settings(max_examples=300)
@given(STEPS, st.integers(1, 4), st.floats(0, 20))
def test_nothing_too_old_is_answered_and_every_call_is_counted_once(steps, max_items, if_error_s):
    make, loader, clocks = trial()
    get: Any = make(ttl_s=10, negative_ttl_s=3, stale=Stale(if_error_s=if_error_s), max_items=max_items)
    source = Source()
    loader.answer = source.load
    for step, argument in steps:
        if step == "get":
            check_answer(get, argument, source=source, if_error_s=if_error_s)
        elif step == "forget":
            get.forget(argument)
            source.forgotten_at_load[argument] = source.loads
        elif step == "clear":
            get.clear()
            source.forgotten_at_load = dict.fromkeys(range(7), source.loads)
        elif step == "source":
            source.state = argument
        elif step == "set clock":
            clocks.now_s += argument
        else:
            source.time_s += argument
            clocks.pass_s(argument) if step == "pass" else clocks.freeze_s(argument)
    stats = get.stats
    assert stats.hits + stats.stale + stats.misses == sum(step == "get" for step, _ in steps)


def check_answer(get: Any, key: int, *, source: Source, if_error_s: float) -> None:
    """Ask once: an answer is the key's, no older than it may be, and loaded after the key was last forgotten."""
    stale_before = get.stats.stale
    try:
        answer = get(key)
    except (UserError, ConnectionError):
        return
    if answer is None:
        return
    answered_key, loaded_at_s, load = answer
    allowed_s = 10 + (if_error_s if get.stats.stale > stale_before else 0)
    assert answered_key == key
    assert source.time_s - loaded_at_s < allowed_s + 1e-6
    assert load > source.forgotten_at_load.get(key, 0)


ARGUMENT = st.one_of(st.text(max_size=6), st.booleans(), st.none(), st.floats(allow_nan=False), st.integers())
ARGUMENTS = st.tuples(
    st.lists(ARGUMENT, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), ARGUMENT, max_size=2)
)


def told_apart(arguments: tuple[list[object], dict[str, object]]) -> object:
    """What is told apart in a name: the type and the text of each argument, but a number is as its text."""
    args, kwargs = arguments
    kinds = [(kind(arg), str(arg)) for arg in args]
    return kinds, {name: (kind(arg), str(arg)) for name, arg in kwargs.items()}


def kind(argument: object) -> str:
    return "str" if type(argument) is int else type(argument).__name__


@given(ARGUMENTS, ARGUMENTS)
def test_different_arguments_have_different_names_in_redis(one, two):
    names = {_arguments(tuple(args), kwargs) for args, kwargs in (one, two)}
    assert (len(names) == 1) == (told_apart(one) == told_apart(two))


@given(st.recursive(st.one_of(st.text(), st.integers(), st.none()), lambda inner: st.lists(inner, max_size=90)))
def test_the_estimate_of_a_size_is_never_nothing_and_counts_what_is_shared_once(value):
    alone = value_bytes([value])
    assert alone > 0
    assert value_bytes([value] * 50) <= 2 * alone + 8 * 50
