"""Calling the transform: what it made of each record, and which it refused."""

from __future__ import annotations

from headstart_kit.batches.rejects import Fault
from headstart_kit.errors import DeadlineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from headstart_kit.batches.protocols import Record

    Transformed: TypeAlias = tuple[list[Any], list[tuple[int, Fault]]]
    """The result of each record, None where it was dropped or refused; the number of each that was refused, and why."""


def transform_each(fn: Callable[[Record], Any], records: Sequence[Record]) -> Transformed:
    """Call ``fn`` with each record.

    Raises:
        DeadlineError: ``fn`` did: that is no fault of the record's.
    """
    results: list[Any] = []
    refused: list[tuple[int, Fault]] = []
    for record in records:
        try:
            results.append(fn(record))
        except DeadlineError:
            raise
        except Exception as error:  # whatever it is, it is the record's
            refused.append((len(results), Fault(error)))
            results.append(None)
    return results, refused


def transform_text(fn: Callable[[bytes], bytes], lines: Sequence[bytes]) -> tuple[bytes, list[tuple[int, Fault]]]:
    """Call ``fn`` with all lines as one text; it returns the lines of the result. Where it raises it is called again
    with each half, down to a single line, which is refused.

    Raises:
        DeadlineError: ``fn`` did.
        ValueError: it returned more lines than it was given.
        TypeError: it returned something else, or there are records in place of lines.
    """
    if not lines:
        return b"", []
    if not isinstance(lines[0], bytes):
        raise TypeError('takes="text" is for lines: give JsonLines(…, parsed=False) as the source')
    try:
        text = fn(b"\n".join(lines) + b"\n")
    except DeadlineError:
        raise
    except Exception as error:
        if len(lines) == 1:
            return b"", [(0, Fault(error))]
    else:
        return _whole_lines(text, at_most=len(lines)), []
    middle = len(lines) // 2
    first, first_refused = transform_text(fn, lines[:middle])
    second, second_refused = transform_text(fn, lines[middle:])
    return first + second, first_refused + [(middle + number, fault) for number, fault in second_refused]


def _whole_lines(text: bytes, *, at_most: int) -> bytes:
    if not isinstance(text, bytes) or (text and not text.endswith(b"\n")):
        raise TypeError(f"the transform returned {type(text).__name__}; expected: bytes of whole lines")
    lines = text.count(b"\n")
    if lines > at_most:
        raise ValueError(f"the transform returned {lines} lines for {at_most}")
    return text


def transform_whole(fn: Callable[[list[Record]], Sequence[Any]], records: list[Record]) -> Transformed:
    """Call ``fn`` with all records; for each it returns a record, None (dropped), or an exception (refused). When it
    raises it is called again with each record alone, to find those that it raises for.

    Raises:
        DeadlineError: ``fn`` did.
        ValueError: it returned more or fewer than it was given.
    """

    def alone(record: Record) -> Any:
        (result,) = _one_for_each(fn([record]), count=1)
        if isinstance(result, Exception):
            raise result
        return result

    if not records:
        return [], []
    try:
        returned = fn(records)
    except DeadlineError:
        raise
    except Exception:  # as above
        return transform_each(alone, records)
    results = _one_for_each(returned, count=len(records))
    refused = [(number, Fault(result)) for number, result in enumerate(results) if isinstance(result, Exception)]
    for number, _ in refused:
        results[number] = None
    return results, refused


def _one_for_each(returned: Sequence[Any], *, count: int) -> list[Any]:
    results = list(returned)
    if len(results) != count:
        raise ValueError(
            f"the transform returned {len(results)} results for {count} records;"
            " expected: one for each, None for a record to drop"
        )
    return results
