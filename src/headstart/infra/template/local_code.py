"""Finds the code of functions and the content of layers on this machine."""

import os
from pathlib import Path
from typing import Any

import msgspec

from headstart.infra.template.assembly import Assets
from headstart.model.infrastructure import Symbolic

CODE = "headstart:code"
LAYER = "headstart:layer"

_CODE_OF = {
    "AWS::Lambda::Function": ("Code", CODE),
    "AWS::Lambda::LayerVersion": ("Content", LAYER),
}
_REMOTE = ("s3://", "http://", "https://")


class LocalCode(msgspec.Struct, frozen=True, kw_only=True):
    """Where ``property_name`` of a function or layer says that its code is; ``key`` is the metadata that is to say so.

    ``is_asset``: the CDK's asset manifest names it, so that what ``cdk synth`` wrote is not whole without it.
    """

    property_name: str
    key: str
    path: Path
    is_asset: bool


def find(
    resource_type: str, properties: dict[str, Any], *, metadata: dict[str, Any], folder: Path, assets: Assets
) -> LocalCode | None:
    """The code of a function or layer: a path in the template, before ``aws cloudformation package``, or an asset.

    ``folder`` is the template's. None when there is none, or it is not said to be on this machine.
    """
    if resource_type not in _CODE_OF:
        return None
    name, key = _CODE_OF[resource_type]
    value = properties.get(name)
    object_key = value.get("S3Key") if isinstance(value, dict) else None
    if isinstance(object_key, str | Symbolic) and (asset := assets.named_in(str(object_key))):
        return LocalCode(property_name=name, key=key, path=asset, is_asset=True)
    path = _path(value, object_key, metadata=metadata, folder=folder)
    return None if path is None else LocalCode(property_name=name, key=key, path=path, is_asset=False)


def is_there(path: Path) -> bool:
    """Whether something exists at a path that a template says, which may be no possible path at all."""
    return is_possible(path) and path.exists()


def is_possible(path: Path) -> bool:
    """Whether the system can be asked for what a template says is a path."""
    try:
        path.exists()
    except (OSError, ValueError):
        return False
    return True


def _path(value: Any, object_key: Any, *, metadata: dict[str, Any], folder: Path) -> Path | None:
    if isinstance(value, str):
        return None if value.startswith(_REMOTE) else Path(os.path.normpath(folder / value))
    asset = metadata.get("aws:asset:path")
    return folder / asset if isinstance(asset, str) and isinstance(object_key, str | Symbolic) else None
