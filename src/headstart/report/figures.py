"""Numbers in words: one way to write each unit, the same on the screen and on the page."""

from decimal import Decimal

from headstart.model.sample import Summary

_USD_CENT = Decimal("0.01")


def number(value: float) -> str:
    """Three significant figures or more: ``1,432``, ``42.7``, ``3.14``; zero is ``0``."""
    size = abs(value)
    if size < 0.005:
        return "0"
    if size < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if size < 99.95 else f"{value:,.0f}"


def tabular(value: float) -> str:
    """One decimal always, so that a column of figures lines up."""
    return f"{value:,.1f}"


def ms(value: float) -> str:
    """Milliseconds, always in ms so that columns compare."""
    return f"{number(value)} ms"


def mb(value: float) -> str:
    """Lambda's MB, with one decimal under 100."""
    return f"{value:,.0f} MB" if abs(value) >= 99.95 or value == int(value) else f"{value:.1f} MB"


def usd(value: Decimal) -> str:
    """US dollars to the cent; below a cent, to two significant figures; zero is ``$0.00``."""
    sign, size = ("−" if value < 0 else ""), abs(value)
    if size == 0 or size >= _USD_CENT:
        return f"{sign}${size:,.2f}"
    places = min(1 - size.adjusted(), 8)
    return f"{sign}${size:.{places}f}" if round(size, places) else "$0.00"


def percent(ratio: float) -> str:
    """A share of one as a percentage."""
    shown = ratio * 100
    return f"{shown:.0f} %" if shown >= 10 or shown == 0 else f"{shown:.2g} %"


def count(value: int, singular: str) -> str:
    """``1 event``, ``1,200 events``."""
    return f"{value:,} {singular if value == 1 else singular + 's'}"


def interval(summary: Summary) -> str:
    """The 95 % interval of the median, without a unit."""
    return span(summary.median_low, summary.median_high)


def span(low: float, high: float) -> str:
    """Two bounds of an interval; one figure when both read the same."""
    first, last = number(low), number(high)
    between = "–" if low >= 0 else " … "  # not a dash beside a minus
    return first if first == last else f"{first}{between}{last}"


def times(ratio: float) -> str:
    """How many times as fast: ``4.0``, and ``1.02`` where a tenth would say too little."""
    return f"{ratio:.1f}" if ratio >= 1.95 else f"{ratio:.2f}"


def median(summary: Summary) -> str:
    """The median with its 95 % interval and n, in ms."""
    return f"{ms(summary.median)} ({interval(summary)}, n = {summary.n:,})" if summary.n else "an unknown time (n = 0)"
