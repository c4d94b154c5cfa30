"""The journal of a measurement: each invocation as a line of JSON, on disk as soon as it is over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headstart.model.invocation import InvocationReport
from headstart.report.as_json import without_content


@contextmanager
def kept(path: Path) -> Iterator[Callable[[InvocationReport], None]]:
    """Keep reports in ``path``, a new file; what the function answered and logged is left out.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("wb", buffering=0) as file:
        yield lambda report: _append(file.write, report)


def _append(write: Callable[[bytes], object], report: InvocationReport) -> None:
    write(msgspec.json.encode(without_content(report)) + b"\n")
