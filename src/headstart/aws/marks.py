"""The names and descriptions of what tuning makes on AWS, by which what a crash left is found again."""

import re
from typing import Final

from headstart.errors import InvalidValueError
from headstart.model import limits

_PREFIX: Final = "headstart-tune"
_RUN: Final = re.compile(r"[a-z0-9]{1,12}")
_ALIAS: Final = re.compile(rf"{_PREFIX}-(?P<run>[a-z0-9]{{1,12}})-(was-(?P<was>\d+)-now-(?P<now>\d+)|\d+)")
_DESCRIPTION: Final = re.compile(r"headstart tune (?P<run>[a-z0-9]{1,12}): (?P<of>.+) \(\d+\)")


def require_run(run_id: str) -> str:
    """``run_id``, if it can be part of a name.

    Raises:
        InvalidValueError: it cannot.
    """
    if not _RUN.fullmatch(run_id):
        raise InvalidValueError("run_id", run_id, allowed="1 … 12 small letters and digits")
    return run_id


def alias(run_id: str, memory_mb: int) -> str:
    """The alias of the version that has one memory size."""
    return f"{_PREFIX}-{run_id}-{memory_mb}"


def note(run_id: str, *, was_mb: int, now_mb: int) -> str:
    """The alias that notes what $LATEST was before it was changed: its memory size is in the name, beside that which it
    first got; its description is the alias's own."""
    return f"{_PREFIX}-{run_id}-was-{was_mb}-now-{now_mb}"


def noted(alias_name: str) -> tuple[int, int] | None:
    """The memory sizes that a note has, of before and of the first change; None for any other alias."""
    found = _ALIAS.fullmatch(alias_name)
    return (int(found["was"]), int(found["now"])) if found and found["was"] else None


def run_of_alias(alias_name: str) -> str | None:
    """The run that made the alias; None for one that tuning did not make."""
    found = _ALIAS.fullmatch(alias_name)
    return found["run"] if found else None


def copy_name(run_id: str, memory_mb: int, *, function: str) -> str:
    """The name of a copy of ``function``, as much of whose name is in it as there is room for."""
    return f"{_PREFIX}-{run_id}-{memory_mb}-{function}"[: limits.FUNCTION_NAME_MAX]


def could_be_copy(name: str) -> bool:
    """Whether a function has the name of a copy; its description says of what."""
    return name.startswith(f"{_PREFIX}-")


def version_description(run_id: str, memory_mb: int, *, turn: int) -> str:
    """The description of a version, another at each ``turn``: AWS publishes none where nothing has changed."""
    return f"headstart tune {run_id}: {memory_mb} MB ({turn})"


def copy_description(run_id: str, arn: str, *, turn: int) -> str:
    """The description of a copy of the function ``arn``, another at each ``turn``."""
    return f"headstart tune {run_id}: copy of {arn} ({turn})"


def run_of_description(description: str) -> str | None:
    """The run whose mark a description is; None for any other."""
    found = _DESCRIPTION.fullmatch(description)
    return found["run"] if found else None


def is_copy_of(description: str, arn: str) -> bool:
    """Whether it is the description of a copy of the function ``arn``."""
    found = _DESCRIPTION.fullmatch(description)
    return found is not None and found["of"] == f"copy of {arn}"
