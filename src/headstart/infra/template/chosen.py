"""One function of a template, as ``[function]`` of headstart.toml would say it."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from headstart.errors import ConfigError, TemplateError
from headstart.infra import discover
from headstart.infra.settings import FunctionTable, TemplateTable
from headstart.infra.template import reader
from headstart.infra.template.declared import functions
from headstart.infra.template.options import ReadOptions
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Symbolic

_LISTED_MAX: Final = 12
_OWN_RESOURCE: Final = "/Resource"
# What the transform of SAM tags a function with.
_CREATED_BY_SAM: Final = {"Key": "lambda:createdBy", "Value": "SAM"}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """``table`` is the function's settings, with absolute paths; ``said`` has a sentence for what was inferred."""

    declared: DeclaredFunction
    table: FunctionTable
    said: tuple[str, ...] = ()

    def no_code(self) -> TemplateError:
        """The error that its code is not on this machine."""
        return TemplateError(
            f"{self.declared.resource.place}: {self.declared.id} cannot run here: {self.declared.why_no_spec}",
            hint="give the folder of the code itself: headstart invoke FOLDER",
        )


def choose(file: Path, asked: TemplateTable, *, region: str | None = None) -> Chosen:
    """The function that is ``asked`` for, of the template ``file``: by logical id, name or construct path.

    Without one, the only one, or the only one that can run here.

    Raises:
        TemplateError: the template cannot be read.
        ConfigError: there is no such function, or there are several.
    """
    options = ReadOptions(
        parameters=asked.parameters, imports=asked.imports, stack=asked.stack or "", region=region or ""
    )
    infrastructure = reader.read(file, options=options)
    declared = _named(infrastructure, asked.function) if asked.function else _only(infrastructure)
    said = tuple(_said(infrastructure, declared, is_asked=asked.function is not None))
    return Chosen(declared=declared, table=_table(declared), said=said)


def _table(declared: DeclaredFunction) -> FunctionTable:
    """Only SAM installs what a requirements.txt beside the code lists; others ship the folder as it is."""
    requirements = None if _is_of_sam(declared) else ""
    layers = tuple(str(layer.resolve()) for layer in declared.layers)
    code = declared.code and str(declared.code.resolve())
    return msgspec.structs.replace(functions.table(declared), requirements=requirements, layers=layers, code=code)


def _named(infrastructure: Infrastructure, asked: str) -> DeclaredFunction:
    for name_of in (lambda each: each.id, lambda each: each.name, _construct):
        found = [
            each for each in infrastructure.functions if asked in (name_of(each), f"{name_of(each)}{_OWN_RESOURCE}")
        ]
        if len(found) == 1:
            return found[0]
    ids = [each.id for each in infrastructure.functions]
    names = {name: each.id for each in infrastructure.functions for name in (each.name, _construct(each), each.id)}
    close = difflib.get_close_matches(asked, names, n=1, cutoff=0.5) or [name for name in names if asked in name]
    raise ConfigError(
        f"{infrastructure.file} has no function {asked!r}; its functions: {_listed(ids)}",
        hint=f"did you mean --function {names[close[0]]}?" if close else _hint(ids),
    )


def _only(infrastructure: Infrastructure) -> DeclaredFunction:
    found = infrastructure.functions
    runnable = [each for each in found if each.spec is not None]
    for candidates in (found, runnable):
        if len(candidates) == 1:
            return candidates[0]
    ids = [each.id for each in runnable or found]
    if not ids:
        raise ConfigError(f"{infrastructure.file} declares no function", hint="headstart check FOLDER")
    raise ConfigError(
        f"{infrastructure.file} has {len(ids)} functions: {_listed(ids)}", hint=f"say which: {_hint(ids)}"
    )


def _construct(function: DeclaredFunction) -> str:
    """Its path in the CDK program, without the resource in it that is the function itself."""
    return function.resource.construct_path.removesuffix(_OWN_RESOURCE) or function.id


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _LISTED_MAX} more" if len(ids) > _LISTED_MAX else ""
    return f"{', '.join(ids[:_LISTED_MAX]) or 'none'}{more}"


def _hint(ids: Sequence[str]) -> str:
    return f"--function {ids[0]}" if ids else ""


def _said(infrastructure: Infrastructure, declared: DeclaredFunction, *, is_asked: bool) -> Iterator[str]:
    if not is_asked and len(infrastructure.functions) > 1:
        yield f"function: {declared.id}, the only one of {len(infrastructure.functions)} that can run here"
    unknown = [name for name, value in declared.environment.items() if isinstance(value, Symbolic)]
    if unknown:
        yield (
            f"environment: {', '.join(unknown)}: known only after deployment, here names that look like it; "
            f"--env {unknown[0]}=VALUE says one"
        )
    layers = [str(item) for item in _layers(declared) if functions.layer_path(infrastructure.resources, item) is None]
    if layers:
        yield f"layers: not on this machine, and left out: {', '.join(layers)}; --layer PATH adds one"
    if not _is_of_sam(declared) and declared.code and declared.code.is_dir() and discover.requirements(declared.code):
        yield "requirements: requirements.txt is shipped as a file, not installed; --requirements FILE installs it"
    for doubt in infrastructure.not_understood:
        if doubt.id == declared.id:
            yield f"{doubt.place}: not understood: {doubt.what}"


def _layers(declared: DeclaredFunction) -> Sequence[object]:
    layers = declared.resource.get("Layers")
    return layers if isinstance(layers, list | tuple) else ()


def _is_of_sam(declared: DeclaredFunction) -> bool:
    tags = declared.resource.get("Tags")
    return isinstance(tags, list) and _CREATED_BY_SAM in tags
