"""What is said of a number that is not in its range."""

from collections.abc import Iterator


def outside(name: str, value: float, *, low: float, high: float) -> Iterator[str]:
    """A sentence where ``value`` is not from ``low`` to ``high``, both included."""
    if not low <= value <= high:
        yield f"{name} is {value:,}; allowed: {low:,} … {high:,}"
