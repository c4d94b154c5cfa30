"""What every script here has in common: rows against bars, --json and --check."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Row(NamedTuple):
    """One figure. ``bar`` reads like ``<= 1.15``, ``>= 4.5`` or ``0.9…1.1``; empty for a figure that is only shown."""

    what: str
    value: float | None
    unit: str
    bar: str
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the figure keeps to its bar; a figure that could not be measured does not."""
        if not self.bar:
            return True
        if self.value is None:
            return False
        low, high = _range(self.bar)
        return low <= self.value <= high


def _range(bar: str) -> tuple[float, float]:
    if bar.startswith("<="):
        return float("-inf"), float(bar[2:])
    if bar.startswith(">="):
        return float(bar[2:]), float("inf")
    low, high = bar.split("…")
    return float(low), float(high)


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with what every script takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when a row falls short, that row printed last")
    return parser


def finish(rows: Iterable[Row], options: argparse.Namespace) -> None:
    """Print the table, write the JSON, and exit as ``--check`` asks."""
    rows = list(rows)
    table = Table("what", "value", "bar", "", "detail")
    for row in rows:
        shown = "not measured" if row.value is None else f"{row.value:.3g} {row.unit}".strip()
        table.add_row(row.what, shown, row.bar, ("" if not row.bar else "ok" if row.holds else "SHORT"), row.detail)
    Console(width=150 if not sys.stdout.isatty() else None).print(table)
    if options.json:
        options.json.write_text(json.dumps([row._asdict() | {"holds": row.holds} for row in rows], indent=1))
    short = [row for row in rows if not row.holds]
    if options.check and short:
        print(f"falls short: {short[-1].what}: {short[-1].value} {short[-1].unit}, bar {short[-1].bar}")
        sys.exit(1)
