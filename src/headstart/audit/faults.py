"""Where CDK programs stop with an error, as their reader found it."""

from collections.abc import Iterator

from headstart.audit.subject import Subject
from headstart.model.infrastructure import FaultKind, ProgramFault


def faults(subject: Subject, kind: FaultKind) -> Iterator[ProgramFault]:
    """The faults of one kind, each once, however many stacks of a program run into it."""
    found = (fault for infrastructure in subject.infrastructures for fault in infrastructure.faults)
    yield from dict.fromkeys(fault for fault in found if fault.kind is kind)
