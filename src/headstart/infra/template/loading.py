"""Opens a template with all that belongs to it: its loops, its SAM resources, its parameters, its nested stacks."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headstart.infra.template import foreach, parameters, sam
from headstart.infra.template.assembly import assets_of
from headstart.infra.template.document import read_document
from headstart.infra.template.local_code import is_there
from headstart.infra.template.node import Node
from headstart.infra.template.options import ReadOptions
from headstart.infra.template.scope import Scope, Shared
from headstart.infra.template.sections import LANGUAGE_EXTENSIONS, Template, sections, unknown_sections
from headstart.model.infrastructure import NotUnderstood, Symbolic

_STACK = "AWS::CloudFormation::Stack"
_NESTED_MAX = 10
_TRANSFORMS = (sam.TRANSFORM, LANGUAGE_EXTENSIONS)


class Loader:
    """Opens the templates of one reading; what they say and this reader does not understand is listed."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.not_understood: list[NotUnderstood] = []
        self._path = path
        self._options = options
        self._pseudo = parameters.pseudo_parameters(options)
        self._shared = Shared(options.imports, assets_of(path), self.not_understood, self._nested)

    def root(self) -> Scope:
        """The template that is read.

        Raises:
            TemplateError: it cannot be read.
        """
        return self._scope(self._path, self._options.parameters, prefix="")

    def _scope(self, path: Path, given: Mapping[str, Any], *, prefix: str) -> Scope:
        template = sections(read_document(path))
        if prefix or not self._options.allows_unknown_parameters:
            parameters.require_known(template, given)
        values = parameters.values(template, given, prefix=prefix)
        transforms = template.transforms
        self._list_unknown(template, transforms, prefix=prefix)
        if LANGUAGE_EXTENSIONS in transforms:
            template = sections(foreach.expand(template.document, values.shown))
        if sam.TRANSFORM in transforms:
            template = sections(sam.translate(template.document, values=_for_sam(values)))
        shown = {**values.shown, **self._pseudo}
        return Scope(template, parameters.Values(shown, values.secret), shared=self._shared, prefix=prefix)

    def _list_unknown(self, template: Template, transforms: tuple[str, ...], *, prefix: str) -> None:
        document = template.document
        self.not_understood += unknown_sections(document)
        for name in transforms:
            if name not in _TRANSFORMS:
                node = document.root.get("Transform") or document.root
                what = f"transform {name}, which only a deployment runs"
                self.not_understood.append(
                    NotUnderstood(id=f"{prefix}Transform", what=what, place=document.place(node))
                )

    def _nested(self, scope: Scope, logical_id: str) -> Scope | None:
        """The scope of a nested stack whose template is on this machine."""
        if scope.type_of(logical_id) != _STACK:
            return None
        resource = scope.template.resources[logical_id]
        properties = resource.get("Properties") or resource
        resolver = scope.resolver(logical_id)
        url = properties.get("TemplateURL")
        location = resolver.value(url) if url else None
        path = self._file(location, scope, resource=resource)
        if url is None or path is None:
            scope.doubt(url or resource, "a nested stack whose template is not on this machine", subject=logical_id)
            return None
        if scope.prefix.count(".") >= _NESTED_MAX:
            raise scope.template.error(
                resource, f"stacks nested more than {_NESTED_MAX} deep", hint="is one in itself?"
            )
        if not is_there(path):
            what = f"its template is {path}, which does not exist"
            if self._shared.assets.named_in(str(location)):
                raise scope.template.error(url, f"{logical_id}: {what}", hint="run cdk synth again")
            scope.doubt(url, what, subject=logical_id)
            return None
        inner = properties.get("Parameters")
        given = resolver.value(inner) if inner else {}
        if inner is not None and isinstance(given, Symbolic):
            scope.doubt(inner, "Parameters are known only after deployment", subject=logical_id)
            given = {}
        if not isinstance(given, dict):
            raise scope.template.error(
                inner or resource, f"{logical_id}: Parameters needs a mapping", hint="e.g. Parameters: {Stage: prod}"
            )
        return self._scope(path, given, prefix=f"{scope.prefix}{logical_id}.")

    def _file(self, location: Any, scope: Scope, *, resource: Node) -> Path | None:
        if not isinstance(location, str | Symbolic):
            return None
        if asset := self._shared.assets.named_in(str(location)):
            return asset
        folder = Path(scope.template.document.file).parent
        if isinstance(location, str) and "://" not in location:
            return Path(os.path.normpath(folder / location))
        said = resource.get("Metadata")
        path = said.get("aws:asset:path") if said else None
        return folder / str(path.value) if path else None


def _for_sam(values: parameters.Values) -> dict[str, str]:
    """Values for SAM's translator, which makes text of texts only: lists are the text that they were."""
    lists = {name: ",".join(map(str, value)) for name, value in values.shown.items() if isinstance(value, list)}
    return lists | {name: value for name, value in values.shown.items() if isinstance(value, str)}
