"""What a search has tried, kept at once in a file, so that one that was interrupted goes on."""

from pathlib import Path

import msgspec

from headstart.model.proof import FieldDifference


class Trial(msgspec.Struct, frozen=True):
    """That with the imports ``deferred`` (a number in hexadecimal, bit n for import n) the first ``length`` invocations
    of the stretch ``stretch`` of the replay differ in ``found``, or not."""

    deferred: str
    stretch: int
    length: int
    found: FieldDifference | None = None
    at: int = 0

    @property
    def key(self) -> tuple[str, int, int]:
        """What was tried."""
        return self.deferred, self.stretch, self.length


class Journal:
    """The trials in ``file``, one a line; a line that was cut off counts as not there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._trials = {trial.key: trial for trial in _read(file)}

    def get(self, deferred: str, stretch: int, *, length: int) -> Trial | None:
        """What came of it, if it was tried."""
        return self._trials.get((deferred, stretch, length))

    def keep(self, trial: Trial) -> None:
        """Write it down."""
        self._trials[trial.key] = trial
        with self._file.open("ab") as file:
            file.write(b"\n" + msgspec.json.encode(trial))  # first, for the line before it may be cut off

    @property
    def tried(self) -> int:
        """How many trials there are."""
        return len(self._trials)


def _read(file: Path) -> list[Trial]:
    found = []
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            found.append(msgspec.json.decode(line, type=Trial))
        except msgspec.MsgspecError:
            continue
    return found
