"""Tells where a CDK program stops: names and keywords that the CDK does not have, and settings that were not made."""

from typing import Final

from headstart.infra.program import api
from headstart.infra.program.machine import Machine
from headstart.infra.program.values import Made, NotSet
from headstart.model.infrastructure import FaultKind, Place, ProgramFault
from headstart.model.lambda_metrics import METRICS

# Members of every construct, whatever its class; and Python's own.
_EVERYWHERE: Final = ("_", "node", "stack", "env", "jsii")


def is_in_module(machine: Machine, module: str, *, name: str, place: Place) -> bool:
    """Whether a module of the CDK has this name, as far as is known."""
    known = api.names(module)
    if not known or name in known or name.startswith("_"):
        return True
    _tell(machine, FaultKind.NO_ATTRIBUTE, owner=module, name=name, nearest=api.nearest_name(module, name), place=place)
    return False


def is_in_class(machine: Machine, class_name: str, *, name: str, place: Place) -> bool:
    """Whether a class of the CDK has this member, as far as is known."""
    known = api.class_named(class_name)
    if known is None or not known.is_whole or name in known.members or name.startswith(_EVERYWHERE):
        return True
    nearest = _meant(known, name)
    _tell(machine, FaultKind.NO_ATTRIBUTE, owner=class_name, name=name, nearest=nearest, place=place)
    return False


def metric_of(method: str) -> str:
    """Lambda's metric that a method would be about by its name, ``metric_concurrent_executions``; or nothing."""
    name = "".join(word.capitalize() for word in method.removeprefix("metric_").split("_"))
    return name if method.startswith("metric_") and name in METRICS else ""


def _meant(known: api.Class, name: str) -> str:
    """The member that was meant; nothing for a setting, which cannot be read back."""
    if metric := metric_of(name):
        return f'metric("{metric}")'
    is_setting = known.signature is not None and known.signature.takes(name)
    return "" if is_setting else known.nearest(name)


def is_keyword(machine: Machine, signature: api.Signature | None, *, called: str, name: str, place: Place) -> bool:
    """Whether a class or method takes this keyword, as far as is known."""
    if signature is None or signature.takes(name):
        return True
    _tell(machine, FaultKind.NO_KEYWORD, owner=called, name=name, nearest=signature.nearest(name), place=place)
    return False


def not_set(machine: Machine, value: NotSet, *, place: Place) -> None:
    """Something is asked of a setting that a construct does not have."""
    _tell(machine, FaultKind.NOT_SET, owner=value.owner, name=value.name, nearest="", place=place)


def signature_of(made: Made, method: str) -> api.Signature | None:
    """What a method of something takes; None where that is not known."""
    known = api.class_named(made.type)
    member = known.members.get(method) if known else None
    return member.signature if member else None


def _tell(machine: Machine, kind: FaultKind, *, owner: str, name: str, nearest: str, place: Place) -> None:
    """Write a fault down; not of what may never run, as where the program asks for a version of the CDK."""
    if machine.uncertain:
        return
    owner = owner.removeprefix(f"{api.CDK}.")
    fault = ProgramFault(kind=kind, owner=owner, name=name, nearest=nearest, version=api.version(), place=place)
    machine.recorder.faults[fault] = None
