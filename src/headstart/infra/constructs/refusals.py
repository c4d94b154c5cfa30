"""How a construct refuses: ``synth`` fails, and lists what every construct of the app refuses, each with its path."""

from collections.abc import Callable, Iterable

import jsii
from constructs import Construct, IValidation


@jsii.implements(IValidation)
class _Refusals:
    def __init__(self, find: Callable[[], Iterable[str]]) -> None:
        self._find = find

    def validate(self) -> list[str]:
        """What is wrong; asked once, when the whole app is there."""
        return list(self._find())


def refuse(construct: Construct, find: Callable[[], Iterable[str]]) -> None:
    """Make ``synth`` fail with every sentence that ``find`` yields when it is called with the whole app there."""
    construct.node.add_validation(_Refusals(find))


def refuse_changes(construct: Construct, read: Callable[[], object], *, hint: str) -> None:
    """Refuse what is read in the whole app to be other than it is now, when the construct is made of it."""
    seen = read()
    refuse(construct, lambda: () if read() == seen else (hint,))
