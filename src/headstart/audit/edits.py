"""Edits of a template as data; a program that makes a template has none, since its source says things its own way."""

from typing import Any

from headstart.model.finding import Edit, RemoveProperty, SetProperty
from headstart.model.infrastructure import Resource, Step


def setting(resource: Resource, path: tuple[Step, ...], *, to: Any) -> tuple[Edit, ...]:
    """Set the property at ``path``."""
    if _is_in_a_program(resource):
        return ()
    return (SetProperty(file=resource.place.file, id=resource.id, path=path, value=to),)


def setting_key(resource: Resource, key: str, *, to: Any) -> tuple[Edit, ...]:
    """Set a key of the resource beside its properties, such as DeletionPolicy."""
    if _is_in_a_program(resource):
        return ()
    return (SetProperty(file=resource.place.file, id=resource.id, path=(), value=to, section=key),)


def removing(resource: Resource, path: tuple[Step, ...]) -> tuple[Edit, ...]:
    """Remove the property at ``path``."""
    if _is_in_a_program(resource):
        return ()
    return (RemoveProperty(file=resource.place.file, id=resource.id, path=path),)


def _is_in_a_program(resource: Resource) -> bool:
    return resource.place.file.endswith(".py")
