"""What tells whether headstart.lock.json still holds: the package, what a result was found under, and the events."""

from headstart.engine import tree
from headstart.infra.project import Project
from headstart.model.placement import Conditions
from headstart.model.preloading import Step
from headstart.optimize.placement import preload
from headstart.optimizing.preloading import Given
from headstart.optimizing.variants import PutOff, Variants


class Keys:
    """Those of a function whose package is that of ``variants``: another one for anything else.

    Each is of three parts: the package with the Python and how it is rewritten, what the result is found under, and
    what else decides what the function does in a replay.
    """

    def __init__(self, variants: Variants, project: Project) -> None:
        self._package = variants.key
        self._replayed = tree.fingerprint(*_replayed(project))

    def deferral(self, conditions: Conditions) -> str:
        """Of what is deferred, under ``conditions``: only whether init is waited for matters."""
        return self._key("deferral", repr(conditions.is_init_waited_for))

    def preload(self, given: Given) -> str:
        """Of what is preloaded."""
        return self._key("preload", given.put_off.key, repr(given.conditions))

    def archive(self, deferred: PutOff, steps: tuple[Step, ...]) -> str:
        """Of what is archived."""
        return self._key("archive", deferred.key, preload.text(steps))

    def _key(self, *under: str) -> str:
        return f"{self._package}-{tree.fingerprint(*under)}-{self._replayed}"


def is_of_package(kept: str, key: str) -> bool:
    """Whether two keys are of the same package, and of results found under the same; their events may be others."""
    return kept.rpartition("-")[0] == key.rpartition("-")[0]


def _replayed(project: Project) -> list[str]:
    """What beside its package decides what a function does in a replay."""
    spec = project.spec
    of_events = [repr((event.name, event.payload, event.client_context)) for event in project.events]
    conditions = (sorted(spec.environment.items()), project.services, project.bundle.volatile)
    return [spec.runtime, spec.handler, *map(repr, conditions), *of_events]
