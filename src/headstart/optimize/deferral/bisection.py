"""Finds the imports whose deferral changes what a function does, by halving."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from headstart.model.deferral import DeferrableImport
from headstart.optimize.deferral.decision import importer

Unit = tuple[int, ...]
"""The numbers of what one module takes from another: it is loaded when one of them is not deferred."""


def units(imports: Sequence[DeferrableImport], chosen: frozenset[int], *, loaded: Iterable[str]) -> list[Unit]:
    """``chosen`` by importing module and target, in the order in which the modules were ``loaded``."""
    order = {name: at for at, name in enumerate(loaded)}

    def place(number: int) -> tuple[int, str]:
        return order.get(importer(imports[number]), len(order)), imports[number].path

    grouped: dict[tuple[str, str], list[int]] = {}
    for number in sorted(sorted(chosen), key=place):
        statement = imports[number]
        submodule = f"{statement.module}.{statement.attribute}"
        target = submodule if submodule in order else statement.module
        grouped.setdefault((statement.path, target), []).append(number)
    return [tuple(numbers) for numbers in grouped.values()]


async def shortest_prefix(ordered: Sequence[Unit], differs: Callable[[frozenset[int]], Awaitable[bool]]) -> int | None:
    """How many units at the beginning of ``ordered`` have to be eager for nothing to differ: the last of them matters.

    ``differs`` tells of a set of deferred imports whether anything does; with all it does. None when even with none
    deferred something differs.
    """
    if await differs(frozenset()):
        return None
    low, high = 0, len(ordered)  # with this many eager something differs, and with that many nothing
    while high - low > 1:
        middle = (low + high) // 2
        if await differs(members(ordered[middle:])):
            low = middle
        else:
            high = middle
    return high


def members(ordered: Sequence[Unit]) -> frozenset[int]:
    """All numbers in ``ordered``."""
    return frozenset(number for unit in ordered for number in unit)
