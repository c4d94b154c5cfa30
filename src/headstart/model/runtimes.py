"""When AWS deprecates its Python runtimes and blocks what still uses them."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec


class RuntimeLifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """From ``deprecated`` on there are no more patches; from the other two, functions can be neither created nor
    updated."""

    deprecated: date
    creation_blocked: date
    update_blocked: date


def _lifecycle(deprecated: str, *, creation: str, update: str) -> RuntimeLifecycle:
    return RuntimeLifecycle(
        deprecated=date.fromisoformat(deprecated),
        creation_blocked=date.fromisoformat(creation),
        update_blocked=date.fromisoformat(update),
    )


# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, as cfn-lint 1.58.0 has it (2026-11-23)
AS_OF: Final = date(2026, 11, 23)
PYTHON_LIFECYCLES: Final[Mapping[str, RuntimeLifecycle]] = {
    "python2.7": _lifecycle("2021-07-15", creation="2021-07-15", update="2022-05-30"),
    "python3.6": _lifecycle("2022-07-18", creation="2022-07-18", update="2022-08-29"),
    "python3.7": _lifecycle("2023-12-04", creation="2024-01-09", update="2027-03-03"),
    "python3.8": _lifecycle("2024-10-14", creation="2027-02-01", update="2027-03-03"),
    "python3.9": _lifecycle("2025-12-15", creation="2027-02-01", update="2027-03-03"),
    "python3.10": _lifecycle("2026-10-31", creation="2027-02-01", update="2027-03-03"),
    "python3.11": _lifecycle("2027-06-30", creation="2027-07-31", update="2027-08-31"),
    "python3.12": _lifecycle("2028-10-31", creation="2028-11-30", update="2029-01-10"),
    "python3.13": _lifecycle("2029-06-30", creation="2029-07-31", update="2029-08-31"),
    "python3.14": _lifecycle("2029-06-30", creation="2029-07-31", update="2029-08-31"),
}
NEWEST_PYTHON: Final = "python3.14"
