"""What ``headstart fix`` would change, as a unified diff, and in words what it leaves alone."""

import difflib
from collections.abc import Iterator, Sequence
from decimal import Decimal

from headstart.model.finding import Finding
from headstart.model.fix import FileChange, FixPlan, Trial
from headstart.model.gain import Gain
from headstart.model.text_lines import lines
from headstart.report import figures


def diff(plan: FixPlan) -> str:
    """The changes as ``patch`` reads them, paths as they were given, each under what was measured of it; in words that
    there are none.
    """
    kept = [trial for trial in plan.trials if not trial.withdrawn]
    found = ((*_gains(change, kept), *_of_file(change)) for change in plan.changes)
    return "".join(line for lines_of_file in found for line in lines_of_file) or "there is nothing to change\n"


def closing_words(plan: FixPlan, *, is_written: bool, is_measured: bool = True) -> Iterator[str]:
    """A sentence for what was done, and for each finding for which it was not; ``is_measured``: so are edits that are
    about speed, if there are any.
    """
    where = f"{figures.count(len(plan.findings), 'finding')} in {figures.count(len(plan.changes), 'file')}"
    if plan.changes:
        yield f"fixed {where}" if is_written else f"would fix {where}; --write changes the files"
    yield from _of_trials(plan.trials)
    if not is_measured:
        yield "what edits that are about speed save is not measured: --measure does, and withdraws what saves nothing"
    for refused in plan.refused:
        yield f"{_named(refused.finding)} is not fixed: {refused.why}"
    if plan.held_back:
        named = ", ".join(_named(finding) for finding in plan.held_back)
        yield f"not fixed, as it may change what the function answers: {named}; --unsafe fixes it too"


def _named(finding: Finding) -> str:
    return f"{finding.rule} at {finding.place}"


def _of_trials(trials: Sequence[Trial]) -> Iterator[str]:
    for trial in trials:
        if trial.withdrawn:
            yield f"{trial.rule} in {trial.file} is withdrawn: {trial.withdrawn}{_in_brackets(trial)}"
    if any(trial.withdrawn and not trial.gains for trial in trials):
        yield "--no-measure makes edits that could not be measured all the same"
    for doubt in dict.fromkeys(trial.doubt for trial in trials if trial.doubt):
        yield f"whether the function behaves as before is undecided: {doubt}"


def _gains(change: FileChange, trials: Sequence[Trial]) -> Iterator[str]:
    for trial in trials:
        if trial.file == change.file:
            saved = "; ".join(_saved(gain) for gain in trial.gains if gain.low > 0 or gain.high < 0)
            proof = "undecided whether it behaves as before" if trial.doubt else "it behaves as before"
            events = figures.count(trial.events, "event")
            yield f"{trial.rule} saves {saved}; {_per_million(trial)}; {proof} in {events}\n"


def _saved(gain: Gain) -> str:
    """``1,533 ms of init and first invocation, 2,731 → 1,198 (1,022 to 3,573, n = 8)``."""
    figure = f"{figures.number(gain.old)} → {figures.number(gain.new)}"
    interval = f"{figures.number(gain.low)} to {figures.number(gain.high)}, n = {gain.n}"
    return f"{figures.number(gain.saved)} {gain.unit} of {gain.name}, {figure} ({interval})"


def _in_brackets(trial: Trial) -> str:
    """The figures that show something, else those of time."""
    shown = [gain for gain in trial.gains if gain.low > 0 or gain.high < 0]
    shown = shown or [gain for gain in trial.gains if not gain.name.endswith("CPU time")]
    return f" ({'; '.join(map(_saved, shown))})" if shown else ""


def _per_million(trial: Trial) -> str:
    return f"{figures.usd(trial.saves_usd or Decimal(0))} per million invocations"


def _of_file(change: FileChange) -> Iterator[str]:
    for line in difflib.unified_diff(lines(change.before), lines(change.after), f"a/{change.file}", f"b/{change.file}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
