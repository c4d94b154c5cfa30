"""The cache in memory: how often it loads, who waits for whom, and what stands in for a load that is slow or fails."""

import threading
import time

import pytest
from kit.apart import in_child
from kit.cache_trial import deadline_in, together, trial

from headstart_kit.cache.entry import Stale
from headstart_kit.cache.loading_cache import finish_refreshes
from headstart_kit.errors import DeadlineError, UserError


def test_twenty_threads_load_once():
    make, loader, _ = trial()
    get = make()
    loader.answer = lambda key: time.sleep(0.05) or "value"
    assert together(20, lambda: get("a")) == ["value"] * 20
    assert len(loader.calls) == 1
    assert get.stats.hits + get.stats.misses == 20


def test_even_what_is_not_kept_is_loaded_once_for_those_who_wait():
    make, loader, _ = trial()
    get = make()
    loader.answer = lambda key: time.sleep(0.2)
    assert together(10, lambda: get("a")) == [None] * 10
    assert len(loader.calls) == 1


def test_a_load_that_fails_fails_for_all_who_wait_for_it():
    make, loader, _ = trial()
    get = make()

    def answer(key: object) -> None:
        time.sleep(0.2)
        raise ConnectionError("down")

    loader.answer = answer
    results = together(10, lambda: get("a"))
    assert {type(result) for result in results} == {ConnectionError}
    assert len(loader.calls) == 1
    loader.answer = lambda key: "up again"
    assert get("a") == "up again"


def test_a_load_that_is_abandoned_is_taken_over_by_one_who_waits():
    make, loader, _ = trial()
    get = make()

    def answer(key: object) -> str:
        time.sleep(0.1)
        if len(loader.calls) == 1:
            raise SystemExit
        return "value"

    loader.answer = answer
    results = together(5, lambda: get("a"))
    assert sorted(type(result).__name__ for result in results) == ["SystemExit", "str", "str", "str", "str"]
    assert len(loader.calls) == 2


def test_a_loader_may_ask_for_other_keys_and_for_its_own():
    make, loader, _ = trial()
    get = make()
    loader.answer = lambda n: n if n < 2 else get(n - 1) + get(n - 2)
    assert get(30) == 832040
    assert len(loader.calls) == 31
    depth = iter(range(3))
    loader.answer = lambda key: "deep" if next(depth) == 2 else get(key)
    assert get("own") == "deep"


def test_threads_that_would_wait_for_each_other_do_not():
    make, loader, _ = trial()
    get = make()
    both = threading.Barrier(2)

    def answer(key: str) -> str:
        if len(loader.calls) <= 2:
            both.wait()
            return key + str(get("b" if key == "a" else "a"))
        return key

    loader.answer = answer
    other = threading.Thread(target=get, args=("b",), daemon=True)
    other.start()
    result = get("a")
    other.join(10)
    assert not other.is_alive()
    assert result in ("aba", "ab")


def test_nobody_waits_beyond_the_deadline():
    make, loader, _ = trial()
    get = make()
    release = threading.Event()
    loader.answer = lambda key: release.wait(30)
    leader = threading.Thread(target=get, args=("a",))
    leader.start()
    while not loader.calls:
        time.sleep(0.001)
    with deadline_in(50), pytest.raises(DeadlineError, match="another thread loaded"):
        get("a")
    release.set()
    leader.join()
    assert get("a") is True


def test_a_forked_child_does_not_wait_for_threads_that_it_has_not():
    make, loader, _ = trial()
    get = make()
    get("kept")
    release = threading.Event()
    loader.answer = lambda key: release.wait(30)
    leader = threading.Thread(target=get, args=("a",))
    leader.start()
    while len(loader.calls) < 2:
        time.sleep(0.001)
    loader.answer = lambda key: "loaded in the child"

    assert in_child(lambda: [get("a"), get("kept")]) == "['loaded in the child', 'value 1']"
    release.set()
    leader.join()


def test_what_is_forgotten_is_loaded_anew():
    make, *_ = trial()
    get = make()
    get("a"), get("b")
    get.forget("a")
    get.forget("never seen")
    assert [get("a"), get("b")] == ["value 3", "value 2"]
    get.clear()
    assert [get("a"), get("b")] == ["value 4", "value 5"]


@pytest.mark.parametrize("how", ["forget", "clear"])
def test_a_load_that_began_before_it_was_forgotten_is_not_kept(how):
    make, loader, _ = trial()
    get = make()

    def answer(key: object) -> str:
        if len(loader.calls) == 1:
            get.forget(key) if how == "forget" else get.clear()
            return "old"
        return "new"

    loader.answer = answer
    assert get("a") == "old"
    assert get("a") == "new"
    assert get("a") == "new"
    assert len(loader.calls) == 2


def test_an_old_value_is_answered_while_a_thread_loads():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(while_loading_s=5))
    get("a")
    clocks.pass_s(12)
    release = threading.Event()
    loader.answer = lambda key: release.wait(30) and "new"
    assert [get("a"), get("a"), get("a")] == ["value 1"] * 3
    release.set()
    assert finish_refreshes()
    assert len(loader.calls) == 2
    assert get("a") == "new"
    assert get.stats.as_dict() | {"skipped": 0} == {
        "hits": 1, "stale": 3, "misses": 1, "errors": 0, "evicted": 0, "skipped": 0,
    }  # fmt: skip


def test_a_value_older_than_that_is_not_answered():
    make, _, clocks = trial()
    get = make(ttl_s=10, stale=Stale(while_loading_s=5))
    get("a")
    clocks.freeze_s(15)
    assert get("a") == "value 2"


def test_no_load_begins_that_the_deadline_would_cut():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(while_loading_s=5, if_error_s=100))
    loader.answer = lambda key: clocks.pass_s(2) or "slow"
    get("a")
    clocks.pass_s(9)
    with deadline_in(1000):
        assert get("a") == "slow"
        clocks.pass_s(50)
        assert get("a") == "slow"
        assert finish_refreshes()
    assert len(loader.calls) == 1
    with deadline_in(3000):
        get("a")
    assert len(loader.calls) == 2


def test_waiting_for_a_load_in_the_background_ends_with_the_deadline():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(while_loading_s=5))
    get("a")
    clocks.pass_s(11)
    release = threading.Event()
    loader.answer = lambda key: release.wait(30)
    get("a")
    with deadline_in(20):
        assert not finish_refreshes()
    release.set()
    assert finish_refreshes()


def test_a_load_in_the_background_that_fails_is_tried_again_after_a_pause():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(while_loading_s=50))
    get("a")
    clocks.pass_s(11)
    loader.fail(ConnectionError("down"))
    for _ in range(5):
        assert get("a") == "value 1"
        assert finish_refreshes()
    assert len(loader.calls) == 2
    assert get.stats.errors == 1
    clocks.pass_s(1.1)
    get("a")
    assert finish_refreshes()
    assert len(loader.calls) == 3


def test_a_load_in_the_background_does_not_bring_back_what_was_forgotten():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(while_loading_s=5))
    get("a")
    clocks.pass_s(11)
    release = threading.Event()
    loader.answer = lambda key: release.wait(30) and "before the change"
    get("a")
    get.forget("a")
    release.set()
    assert finish_refreshes()
    loader.answer = lambda key: "after the change"
    assert get("a") == "after the change"


def test_an_old_value_is_answered_when_the_load_fails_and_the_loader_left_alone():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(if_error_s=100))
    get("a")
    clocks.pass_s(20)

    def answer(key: object) -> None:
        clocks.pass_s(3)
        raise ConnectionError("down")

    loader.answer = answer
    assert [get("a") for _ in range(10)] == ["value 1"] * 10
    assert len(loader.calls) == 2
    assert (get.stats.stale, get.stats.errors) == (10, 1)
    clocks.pass_s(30)
    loader.answer = lambda key: "up again"
    assert get("a") == "up again"


def test_an_old_value_is_not_answered_for_ever():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(if_error_s=100))
    get("a")
    clocks.pass_s(110)
    loader.fail(ConnectionError("down"))
    with pytest.raises(ConnectionError):
        get("a")


def test_that_it_is_gone_is_no_failure():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(if_error_s=100))
    get("a")
    clocks.pass_s(20)
    loader.fail(UserError("deleted", status=404))
    with pytest.raises(UserError):
        get("a")
    loader.fail(ConnectionError("down"))
    with pytest.raises(ConnectionError):
        get("a")


def test_those_who_wait_for_a_failing_load_get_the_old_value_too():
    make, loader, clocks = trial()
    get = make(ttl_s=10, stale=Stale(if_error_s=100))
    get("a")
    clocks.pass_s(20)

    def answer(key: object) -> None:
        time.sleep(0.2)
        raise ConnectionError("down")

    loader.answer = answer
    assert together(8, lambda: get("a")) == ["value 1"] * 8
    assert len(loader.calls) == 2
    assert get.stats.stale == 8
