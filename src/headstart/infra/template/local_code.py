"""Finds the code of functions and the content of layers on this machine."""

import os
from pathlib import Path
from typing import Any

from headstart.infra.template.assembly import Assets
from headstart.model.infrastructure import Symbolic

CODE = "headstart:code"
LAYER = "headstart:layer"

_CODE_OF = {
    "AWS::Lambda::Function": ("Code", CODE),
    "AWS::Lambda::LayerVersion": ("Content", LAYER),
}
_REMOTE = ("s3://", "http://", "https://")


def find(
    resource_type: str, properties: dict[str, Any], *, metadata: dict[str, Any], folder: Path, assets: Assets
) -> tuple[str, str, Path] | None:
    """The property that has the code of a function or layer, the metadata that is to say where it is, and its path.

    It is a path in the template, before ``aws cloudformation package``; or the key of an asset of CDK. ``folder`` is
    the template's. None when there is none, or it is not said to be on this machine.
    """
    if resource_type not in _CODE_OF:
        return None
    name, key = _CODE_OF[resource_type]
    path = _path(properties.get(name), metadata=metadata, folder=folder, assets=assets)
    return None if path is None else (name, key, path)


def is_there(path: Path) -> bool:
    """Whether something exists at a path that a template says, which may be no possible path at all."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _path(value: Any, *, metadata: dict[str, Any], folder: Path, assets: Assets) -> Path | None:
    if isinstance(value, str):
        return None if value.startswith(_REMOTE) else Path(os.path.normpath(folder / value))
    object_key = value.get("S3Key") if isinstance(value, dict) else None
    if isinstance(object_key, str | Symbolic) and (found := assets.named_in(str(object_key))):
        return found
    asset = metadata.get("aws:asset:path")
    return folder / asset if isinstance(asset, str) and isinstance(object_key, str | Symbolic) else None
