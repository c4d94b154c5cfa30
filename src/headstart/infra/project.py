"""A function with what it needs beside itself, and the events and the traffic that it is examined under."""

from pathlib import Path

import msgspec

from headstart.model.bundle import BundleSettings
from headstart.model.function import FunctionSpec, InitializationType
from headstart.model.infrastructure import DeclaredFunction
from headstart.model.invocation import Event
from headstart.model.results import Traffic
from headstart.model.services import ServiceNeeds


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """``said`` has a sentence for each thing that was inferred rather than stated.

    ``is_bare_bundle``: the code is a bundle, with no settings beside it. Of the environment's ``open_variables`` only a
    deployment knows the values: those of services win over them. ``folder`` is where headstart.toml is, or would be;
    ``template`` the file that the function is declared in, as ``declared``. ``initialization`` is what its environments
    are begun by, as headstart.toml or the template has it.
    """

    spec: FunctionSpec
    events: tuple[Event, ...]
    traffic: Traffic = Traffic()
    services: ServiceNeeds = ServiceNeeds()
    bundle: BundleSettings = BundleSettings()
    is_bare_bundle: bool = False
    open_variables: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    folder: Path = Path()
    template: Path | None = None
    declared: DeclaredFunction | None = None
    initialization: InitializationType = InitializationType.ON_DEMAND

    def with_bundle(self, bundle: "Project") -> "Project":
        """A bundle of this function, under this one's settings, events and services."""
        spec = msgspec.structs.replace(self.spec, code=bundle.spec.code, handler=bundle.spec.handler, requirements=None)
        return msgspec.structs.replace(self, spec=spec, said=bundle.said)
