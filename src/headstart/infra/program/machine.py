"""What the parts of the reader share while they follow one CDK program."""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from headstart.infra.program.recorder import Draft, Recorder
from headstart.infra.program.values import Given, Left, OwnClass, OwnFunction, OwnObject, Unknown, constructs_in
from headstart.model.infrastructure import Place, Step
from headstart.model.python_places import PythonPlaces

_STEPS_MAX: Final = 100_000
_NESTED_MAX: Final = 24


class Frame(msgspec.Struct, eq=False, kw_only=True):
    """The names of a module or a function; ``around`` it are the names of what it is in."""

    names: dict[str, Any]
    machine: "Machine"
    around: "Frame | None" = None
    owner: OwnObject | None = None
    in_class: OwnClass | None = None
    returned: list[Any] = []

    def find(self, name: str) -> Any:
        """The value of a name; None where it has none, which is not the value None."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return Given(frame.names[name], Place(""))
            frame = frame.around
        return None


class Invoke(Protocol):
    """Follows one of the program's own functions."""

    def __call__(self, function: OwnFunction, positional: list[Given], *, keywords: dict[str, Given]) -> Any:
        """What it returns for these arguments."""
        ...


class Machine(msgspec.Struct, eq=False, kw_only=True):
    """One program being followed. ``uncertain`` is above 0 where it is not known whether a statement runs at all.

    ``asset`` finds what a path in the program names on this machine; the last three follow a block, a call and a
    function with its arguments.
    """

    places: PythonPlaces
    recorder: Recorder
    asset: Callable[[str], Path]
    run: "Callable[[Sequence[ast.stmt], Frame], bool]"
    call: "Callable[[ast.Call, Frame], Any]"
    invoke: "Invoke"
    recorders: list[Recorder] = []
    started: dict[str, None] = {}
    uncertain: int = 0
    steps: int = 0
    nested: int = 0

    def place(self, node: ast.AST) -> Place:
        """Where a node stands."""
        return self.places.at(node)

    def place_of_call(self, node: ast.Call) -> Place:
        """Where the name of what is called stands: of a chain of calls each has its own line."""
        if isinstance(node.func, ast.Attribute):
            line = node.func.end_lineno or node.lineno
            if line != node.lineno:
                return Place(self.places.file, line, 1)
        return self.place(node)

    def step(self) -> None:
        """Count a step.

        Raises:
            Left: there were too many, so that the program is left as it is.
        """
        self.steps += 1
        if self.steps > _STEPS_MAX:
            self.recorder.note("", "the program does more than is followed", place=Place(self.places.file))
            raise Left("stop")

    def draft(self, resource_type: str, path: tuple[str, ...], *, place: Place) -> Draft:
        """A new resource in the stack that is being followed."""
        draft = self.recorder.draft(resource_type, path, place=place)
        self.doubt_if_uncertain(draft.id, place)
        return draft

    def change(self, draft: Draft, path: tuple[Step, ...], *, to: Given) -> None:
        """Give a resource a property after it was made."""
        self.doubt_if_uncertain(draft.id, to.place)
        draft.set(path, to.value, place=to.place)

    def doubt_if_uncertain(self, id_: str, place: Place) -> None:
        """List a resource that is made or changed where that may not happen."""
        if self.uncertain:
            self.recorder.note(id_, "whether this happens is known only when the program runs", place=place)

    def escape(self, values: Any, *, to: str, place: Place) -> None:
        """Constructs are handed to something that is not followed: list them."""
        for made in constructs_in(values):
            self.recorder.note(made.id, f"{to} gets it, which is not followed", place=place)

    @contextmanager
    def uncertainly(self) -> Iterator[None]:
        """What is done within may not happen."""
        self.uncertain += 1
        try:
            yield
        finally:
            self.uncertain -= 1

    @contextmanager
    def deeper(self) -> Iterator[bool]:
        """One call more; False where that is too deep to be followed."""
        self.nested += 1
        try:
            yield self.nested <= _NESTED_MAX
        finally:
            self.nested -= 1

    @contextmanager
    def in_recorder(self, recorder: Recorder) -> Iterator[None]:
        """What is made within is made in another stack."""
        before, self.recorder = self.recorder, recorder
        try:
            yield
        finally:
            self.recorder = before


OUTSIDE: Final = Unknown(is_outside=True)
# Among a call's keywords: it has others too, which are not known.
REST: Final = "**"
