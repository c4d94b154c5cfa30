"""One function of a template, as ``[function]`` of headstart.toml would say it."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.errors import ConfigError, TemplateError
from headstart.infra import discover
from headstart.infra.settings import FunctionTable, TemplateTable
from headstart.infra.template import assembly, reader
from headstart.infra.template.declared import functions, references
from headstart.infra.template.local_code import is_there
from headstart.infra.template.options import ReadOptions
from headstart.model.function import InitializationType
from headstart.model.infrastructure import DeclaredAlias, DeclaredFunction, DeclaredVersion, Infrastructure, Symbolic

_LISTED_MAX: Final = 12
# The construct in a CDK function that is the function's resource.
_RESOURCE: Final = "/Resource"
# What the transform of SAM tags a function with.
_CREATED_BY_SAM: Final = {"Key": "lambda:createdBy", "Value": "SAM"}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """``table`` is the function's settings, with absolute paths; ``said`` has a sentence for what was inferred.

    Of ``open_variables`` only a deployment knows the values; ``table`` has texts that look like them.
    """

    declared: DeclaredFunction
    table: FunctionTable
    open_variables: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    initialization: InitializationType = InitializationType.ON_DEMAND

    def no_code(self) -> TemplateError:
        """The error that its code is not on this machine."""
        return TemplateError(
            f"{self.declared.resource.place_of('Code')}: {self.declared.id} cannot run here: "
            f"{self.declared.why_no_spec}",
            hint="build it first, or name its folder in a headstart.toml with [template]: under [function], "
            'code = "FOLDER"',
        )


class _Candidate(msgspec.Struct, frozen=True):
    infrastructure: Infrastructure
    declared: DeclaredFunction

    @property
    def construct(self) -> str:
        """Its path in the CDK program; empty where there is none."""
        return self.declared.resource.construct_path.removesuffix(_RESOURCE)

    @property
    def names(self) -> tuple[str, ...]:
        """By what it may be asked for; what is first wins."""
        path = self.construct
        outer, _, last = path.rpartition("/")
        return self.declared.id, self.declared.name, path, f"{path}{_RESOURCE}", last, outer.rpartition("/")[2]


def choose(file: Path, asked: TemplateTable, *, region: str | None = None) -> Chosen:
    """The function that is ``asked`` for, of a template or a CDK output folder: by logical id, name or construct path.

    Without one, the only one, or the only one that can run here.

    Raises:
        TemplateError: the template cannot be read, or the content of one of the function's layers is missing.
        ConfigError: there is no such function, or there are several.
    """
    options = ReadOptions(
        parameters=asked.parameters, imports=asked.imports, stack=asked.stack or "", region=region or ""
    )
    if options.stack and not file.is_dir():
        raise ConfigError(f"stack is {options.stack!r}, and {file} is one template", hint="give the cdk.out folder")
    found = list(_candidates(file, options))
    if not found:
        raise ConfigError(f"{file} declares no function", hint="headstart check FOLDER")
    candidate = _named(found, asked.function, file=file) if asked.function else _only(found, file=file)
    _require_layers(candidate)
    # A parameter with NoEcho is open in all that is read, but its function is to get the value that was given.
    known = {**functions.HERE, **{name: str(value) for name, value in asked.parameters.items()}}
    said = list(_said(candidate))
    if not asked.function and len(found) > 1:
        said.insert(0, f"function: {candidate.declared.id}, the only one of {len(found)} that can run here")
    return Chosen(
        declared=candidate.declared,
        table=_table(candidate.declared, known),
        open_variables=tuple(_open_variables(candidate.declared, known)),
        said=tuple(said),
        initialization=_initialization(candidate),
    )


def _candidates(file: Path, options: ReadOptions) -> Iterator[_Candidate]:
    """The functions of a template, or of every stack of a CDK output folder where none is chosen."""
    templates = [file]
    if file.is_dir() and not options.stack:
        templates = [stack.template for stack in assembly.stacks(file)]
        options = msgspec.structs.replace(options, allows_unknown_parameters=len(templates) > 1)
    for template in templates:
        infrastructure = reader.read(template, options=options)
        yield from (_Candidate(infrastructure, declared) for declared in infrastructure.functions)


def _named(candidates: Sequence[_Candidate], asked: str, *, file: Path) -> _Candidate:
    names = [each.names for each in candidates]
    for same_kind in zip(*names, strict=True):
        found = [each for each, name in zip(candidates, same_kind, strict=True) if name == asked]
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(asked, found)
    every = {name: each.declared.id for each in candidates for name in each.names if name}
    near = difflib.get_close_matches(asked, every, n=1) or [name for name in every if asked.lower() in name.lower()]
    ids = [each.declared.id for each in candidates]
    raise ConfigError(
        f"{file} has no function {asked!r}; its functions: {_listed(ids)}",
        hint=f"did you mean --function {every[near[0]]}?" if near else f"--function {ids[0]}",
    )


def _several(asked: str, found: Sequence[_Candidate]) -> ConfigError:
    if len({each.construct for each in found}) == len(found):
        paths = [each.construct for each in found]
        return ConfigError(f"{asked} is the name of {', '.join(paths)}", hint=f"say which: --function {paths[0]}")
    files = ", ".join(each.infrastructure.file for each in found)
    return ConfigError(f"{asked} is in each of {files}", hint="say which: --stack NAME")


def _only(candidates: Sequence[_Candidate], *, file: Path) -> _Candidate:
    runnable = [each for each in candidates if each.declared.spec is not None]
    for found in (candidates, runnable):
        if len(found) == 1:
            return found[0]
    ids = [each.declared.id for each in runnable or candidates]
    raise ConfigError(f"{file} has {len(ids)} functions: {_listed(ids)}", hint=f"say which: --function {ids[0]}")


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _LISTED_MAX} more" if len(ids) > _LISTED_MAX else ""
    return f"{', '.join(ids[:_LISTED_MAX])}{more}"


def _table(declared: DeclaredFunction, known: Mapping[str, str]) -> FunctionTable:
    """Only SAM installs what a requirements.txt beside the code lists: others ship the folder as it is."""
    return msgspec.structs.replace(
        functions.table(declared, known),
        requirements=None if _is_of_sam(declared) else "",
        layers=tuple(str(layer.resolve()) for layer in declared.layers),
        code=str(declared.code.resolve()) if declared.code and is_there(declared.code) else None,
    )


def _require_layers(candidate: _Candidate) -> None:
    """Refuse a layer whose content is to be on this machine and is not."""
    resources = candidate.infrastructure.resources
    for index, item in enumerate(_layers(candidate.declared)):
        path = functions.layer_path(resources, item)
        if path is not None and not is_there(path):
            place = candidate.declared.resource.place_of("Layers", index)
            raise TemplateError(
                f"{place}: the content of a layer of {candidate.declared.id}, {path}, does not exist",
                hint="build it first, or correct its path",
            )


def _open_variables(declared: DeclaredFunction, known: Mapping[str, str]) -> Iterator[str]:
    for name, value in declared.environment.items():
        if isinstance(value, Symbolic) and not references.is_known(value, known):
            yield name


def _initialization(candidate: _Candidate) -> InitializationType:
    """What its environments are begun by: as soon as an alias or a version has provisioned concurrency, that."""
    declared, infrastructure = candidate.declared, candidate.infrastructure
    if declared.has_snap_start:
        return InitializationType.SNAP_START
    qualified: tuple[DeclaredAlias | DeclaredVersion, ...] = (*infrastructure.aliases, *infrastructure.versions)
    has_some = {each.function for each in qualified if each.resource.get("ProvisionedConcurrencyConfig") is not None}
    is_provisioned = declared.id in has_some | {target.function for target in infrastructure.scalable_targets}
    return InitializationType.PROVISIONED_CONCURRENCY if is_provisioned else InitializationType.ON_DEMAND


def _said(candidate: _Candidate) -> Iterator[str]:
    declared, infrastructure = candidate.declared, candidate.infrastructure
    layers = [str(item) for item in _layers(declared) if functions.layer_path(infrastructure.resources, item) is None]
    if layers:
        yield f"layers: left out, for they are not on this machine: {', '.join(layers)}; --layer PATH adds one"
    if not _is_of_sam(declared) and declared.code and declared.code.is_dir() and discover.requirements(declared.code):
        yield "requirements: requirements.txt is shipped but not installed; --requirements FILE installs one"
    for doubt in infrastructure.not_understood:
        if doubt.id == declared.id:
            yield f"{doubt.place}: not understood: {doubt.what}"


def _layers(declared: DeclaredFunction) -> Sequence[Any]:
    layers = declared.resource.get("Layers")
    return layers if isinstance(layers, list | tuple) else ()


def _is_of_sam(declared: DeclaredFunction) -> bool:
    tags = declared.resource.get("Tags")
    return isinstance(tags, list) and _CREATED_BY_SAM in tags
