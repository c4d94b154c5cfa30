"""Which function, alias or version a value names: by its name, its ARN, or a Ref or GetAtt of it."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from headstart.model.infrastructure import Resource, Symbolic

FUNCTION: Final = "AWS::Lambda::Function"
VERSION: Final = "AWS::Lambda::Version"
ALIAS: Final = "AWS::Lambda::Alias"

# A part of an ARN: ${…} may have colons in it.
_PART: Final = r"(?:\$\{[^}]*\}|[^:/{}])+"
_NAMED: Final = re.compile(rf"(?:(?P<before>.*?)(?:^|:)function:)?(?P<name>{_PART})(?::(?P<qualifier>{_PART}))?")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-integration (2026-11-25): the URI of
# an integration is …:lambda:path/2015-03-31/functions/ARN/invocations.
_INTEGRATION: Final = re.compile(r".*/functions/(?P<arn>.+)/invocations")
_REFERENCE: Final = re.compile(r"\$\{([^}]*)\}")


class Named(msgspec.Struct, frozen=True):
    """A function by its logical id, or the text that names one outside the template, and an alias or version of it.

    ``qualifier`` is an alias's name, a version's logical id, or what stands there; ``is_certain``: it is a function.
    """

    function: str
    qualifier: str = ""
    is_certain: bool = True


class References(msgspec.Struct, frozen=True):
    """The resources of a template by which a value's references are understood."""

    resources: Mapping[str, Resource]
    by_name: Mapping[str, str]

    def named(self, value: Any) -> Named | None:
        """The function that ``value`` names; None for what is no text, or the text of something else."""
        if not isinstance(value, str | Symbolic):
            return None
        text = str(value)
        if integration := _INTEGRATION.fullmatch(text):
            text = integration["arn"]
        parts = _NAMED.fullmatch(text)
        if parts is None:
            return None
        found = self._named(parts["name"], is_certain=parts["before"] is not None)
        qualifier = self.version(parts["qualifier"]) if parts["qualifier"] else found.qualifier
        return msgspec.structs.replace(found, qualifier=qualifier)

    def invoked(self, value: Any) -> Named | None:
        """As ``named``, where ``value`` may as well name something that is no function."""
        found = self.named(value)
        return found if found is not None and found.is_certain else None

    def version(self, text: str) -> str:
        """The logical id of the version that ``text`` names, or ``text``."""
        owner = self.owner(text)
        return owner.id if owner is not None and owner.type == VERSION else text

    def owner(self, text: str) -> Resource | None:
        """The resource whose Ref or GetAtt is all of ``text``."""
        reference = _REFERENCE.fullmatch(text)
        name = reference[1] if reference else ""
        while name and name not in self.resources:
            name = name.rpartition(".")[0]
        return self.resources.get(name)

    def source(self, value: Any) -> str:
        """The logical id of the first resource that ``value`` refers to, or its text."""
        if isinstance(value, Symbolic):
            return next((id_ for id_ in value.refers_to if id_ in self.resources), value.text)
        return value if isinstance(value, str) else ""

    def _named(self, name: str, *, is_certain: bool) -> Named:
        owner = self.owner(name)
        if owner is None or owner.type not in (FUNCTION, ALIAS, VERSION):
            id_ = self.by_name.get(name)
            return Named(id_ or name, is_certain=is_certain or id_ is not None)
        if owner.type == FUNCTION:
            return Named(owner.id)
        qualifier = owner.id if owner.type == VERSION else str(owner.get("Name", default=""))
        return Named(self._function_of(owner), qualifier)

    def _function_of(self, qualified: Resource) -> str:
        """The function of an alias or version."""
        text = str(qualified.get("FunctionName", default=""))
        parts = _NAMED.fullmatch(text)
        name = parts["name"] if parts else text
        owner = self.owner(name)
        return owner.id if owner is not None and owner.type == FUNCTION else self.by_name.get(name, name)


def of(resources: Mapping[str, Resource]) -> References:
    """The references of a template with these resources."""
    names = {
        resource.get("FunctionName"): resource.id
        for resource in resources.values()
        if resource.type == FUNCTION and isinstance(resource.get("FunctionName"), str | Symbolic)
    }
    return References(resources, {str(name): id_ for name, id_ in names.items()})


def physical(value: Any, known: Mapping[str, str]) -> str:
    """Text like what ``value`` becomes when deployed, with ``known`` values, and logical ids for other names."""
    return _REFERENCE.sub(lambda found: known.get(found[1], found[1].replace("::", "-")), str(value))


def is_known(value: Any, known: Mapping[str, str]) -> bool:
    """Whether ``physical`` is what ``value`` becomes."""
    return all(name in known for name in _REFERENCE.findall(str(value)))
