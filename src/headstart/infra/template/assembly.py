"""What ``cdk synth`` writes: the stacks of a cdk.out folder, and the files that a stack's assets are."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from headstart.errors import TemplateError

_MANIFEST = "manifest.json"
_FOLDER = "cdk.out"
_TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json")
_TEMPLATE_SUFFIX = ".template.json"


class Stack(msgspec.Struct, frozen=True):
    """``name`` is CDK's, e.g. ``Prod/Shop`` in a stage, and ``deployed_name`` CloudFormation's."""

    name: str
    deployed_name: str
    template: Path


class Assets(msgspec.Struct, frozen=True):
    """The files that a stack's deployment uploads, by the key that its templates name them by; and construct paths,
    by the template's file name and the resource's logical id.
    """

    files: Mapping[str, Path] = {}
    construct_paths: Mapping[tuple[str, str], str] = {}

    def named_in(self, text: str) -> Path | None:
        """The file whose key is the last part of ``text``, a key or the URL of an object."""
        return self.files.get(text.rpartition("/")[2])


def is_assembly(folder: Path) -> bool:
    """Whether ``cdk synth`` wrote this folder."""
    return (folder / _MANIFEST).is_file() and (folder / _FOLDER).is_file()


def template_of(path: Path, *, stack: str = "") -> Path:
    """The template at ``path``: itself, the one in a folder, or of a CDK output folder the stack with this name.

    Raises:
        TemplateError: there is none; there are several and none was chosen; or no such stack.
    """
    if not path.is_dir():
        return path
    folder = path if (path / _MANIFEST).is_file() else path / _FOLDER
    if (folder / _MANIFEST).is_file():
        return _chosen(folder, list(stacks(folder)), stack=stack)
    found = next((path / name for name in _TEMPLATE_NAMES if (path / name).is_file()), None)
    if found is None:
        raise TemplateError(
            f"{path}: no template in this folder; looked for {', '.join(_TEMPLATE_NAMES)} and {_FOLDER}",
            hint="give the template's file, or run cdk synth first",
        )
    return found


def stacks(folder: Path) -> Iterator[Stack]:
    """The stacks of a CDK output folder, those of its stages after its own.

    Raises:
        TemplateError: its manifest cannot be read.
    """
    artifacts = _mapping(_json(folder / _MANIFEST), "artifacts")
    inner = []
    for id_ in artifacts:
        artifact = _mapping(artifacts, id_)
        properties = _mapping(artifact, "properties")
        if artifact.get("type") == "aws:cloudformation:stack" and isinstance(properties.get("templateFile"), str):
            name = str(artifact.get("displayName", id_)).partition(" ")[0]
            yield Stack(name, str(properties.get("stackName", id_)), folder / properties["templateFile"])
        if artifact.get("type") == "cdk:cloud-assembly" and isinstance(properties.get("directoryName"), str):
            inner.append(folder / properties["directoryName"])
    for stage in inner:
        yield from stacks(stage)


def assets_of(template: Path) -> Assets:
    """What the asset manifest beside a template says; nothing when there is none.

    Raises:
        TemplateError: it cannot be read.
    """
    name = template.name.removesuffix(_TEMPLATE_SUFFIX)
    manifest = template.with_name(f"{name}.assets.json")
    if not template.name.endswith(_TEMPLATE_SUFFIX) or not manifest.is_file():
        return Assets()
    return Assets(dict(_files(manifest)), dict(_construct_paths(template.with_name(f"{name}.metadata.json"))))


def _chosen(folder: Path, found: list[Stack], *, stack: str) -> Path:
    names = ", ".join(each.name for each in found)
    if not found:
        raise TemplateError(f"{folder}: its {_MANIFEST} names no stack", hint="run cdk synth again")
    if not stack:
        if len(found) > 1:
            raise TemplateError(
                f"{folder}: {len(found)} stacks: {names}", hint=f"give the template of one: {found[0].template}"
            )
        return found[0].template
    chosen = next((each.template for each in found if stack in (each.name, each.deployed_name)), None)
    if chosen is None:
        raise TemplateError(f"{folder}: no stack {stack!r}; there are: {names}", hint=f"e.g. {found[0].name}")
    return chosen


def _files(manifest: Path) -> Iterator[tuple[str, Path]]:
    files = _mapping(_json(manifest), "files")
    for name in files:
        source = _mapping(files[name], "source").get("path")
        destinations = _mapping(files[name], "destinations")
        for destination in destinations.values():
            key = destination.get("objectKey") if isinstance(destination, dict) else None
            if isinstance(source, str) and isinstance(key, str):
                yield key.rpartition("/")[2], Path(os.path.normpath(manifest.parent / source))


def _construct_paths(metadata: Path) -> Iterator[tuple[tuple[str, str], str]]:
    """From ``/Shop/Orders/Resource: [{"type": "aws:cdk:logicalId", "data": "OrdersA9B65338"}]``."""
    if not metadata.is_file():
        return
    said = [(path, entry) for path, entries in _json(metadata).items() for entry in entries if isinstance(entry, dict)]
    templates = {path: str(entry.get("data")) for path, entry in said if entry.get("type") == "aws:cdk:templateFile"}
    for path, entry in said:
        if entry.get("type") == "aws:cdk:logicalId":
            stack = max((each for each in templates if path.startswith(f"{each}/")), key=len, default="")
            yield (templates.get(stack, ""), str(entry.get("data"))), path.removeprefix("/")


def _mapping(value: Any, key: str) -> dict[str, Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise TemplateError(f"{path}: not a file of cdk synth: {error}", hint="run cdk synth again") from error
    if not isinstance(value, dict):
        raise TemplateError(f"{path}: not a file of cdk synth", hint="run cdk synth again")
    return value
