"""What the collector costs, and that freezing takes the cost away. In processes of their own: freezing is for life."""

from kit.apart import in_child

from headstart_kit.garbage import freeze_after_init, gc_advice


def many_objects() -> list[dict[str, list[int]]]:
    return [{"numbers": [i]} for i in range(200_000)]


def test_freezing_pays_where_init_made_many_objects_and_pays_once():
    def child() -> list[object]:
        held = many_objects()
        before = gc_advice()
        frozen = freeze_after_init()
        after = gc_advice()
        return [
            before["freeze_pays"],
            before["tracked_objects"] > len(held),
            frozen > len(held),
            after["frozen_objects"] == frozen,
            after["tracked_objects"] < 10_000,
            after["freeze_pays"],
        ]

    assert in_child(child) == "[True, True, True, True, True, False]"


def test_advice_leaves_the_collector_as_it_was():
    def child() -> bool:
        import gc

        before = gc.get_freeze_count()
        gc_advice()
        return gc.get_freeze_count() == before

    assert in_child(child) == "True"


def test_cycles_that_wait_for_the_collector_are_counted():
    def child() -> bool:
        import gc

        gc.disable()
        for _ in range(10_000):
            cycle: list[object] = []
            cycle.append(cycle)
        return gc_advice()["freed_objects"] >= 10_000

    assert in_child(child) == "True"
