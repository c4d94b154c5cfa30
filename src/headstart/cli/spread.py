"""Flags as values: a command takes structs of flags, and Typer sees each field as an option of its own."""

import inspect
from collections.abc import Callable, Coroutine, Iterator
from copy import copy
from functools import partial
from inspect import Parameter
from typing import Annotated, Any, get_args

import msgspec

Command = Callable[..., int | Coroutine[Any, Any, int]]


def spread(command: Command, **bound: object) -> Callable[..., Command]:
    """``command`` for Typer, which gets it with what was parsed, not run: ``bound`` filled in, and in place of each
    parameter that is a Struct its fields, of which one may be a Struct again.

    The types of fields are annotated with ``typer.Option`` as parameters are. No two may have the same name. The first
    sentence of a Struct's docstring is the title of its options in the help.
    """
    asked = inspect.signature(command, eval_str=True).parameters.values()
    structs = {each.name: each.annotation for each in asked if _is_struct(each.annotation)}
    parameters = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in asked if each.name not in {*structs, *bound}]
    parameters += [parameter for struct in structs.values() for parameter in _parameters(struct)]

    def gather(**given: Any) -> Command:
        values = {name: _gathered(struct, given) for name, struct in structs.items()}
        return partial(command, **given, **values, **bound)

    gather.__doc__ = command.__doc__
    gather.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return gather


def _is_struct(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def _gathered(struct: type[msgspec.Struct], given: dict[str, Any]) -> msgspec.Struct:
    """A Struct of what is taken out of ``given``."""
    fields = msgspec.structs.fields(struct)
    return struct(
        **{each.name: _gathered(each.type, given) if _is_struct(each.type) else given.pop(each.name) for each in fields}
    )


def _parameters(struct: type[msgspec.Struct]) -> Iterator[Parameter]:
    title = (struct.__doc__ or "").partition(". ")[0].rstrip(".")
    for field in msgspec.structs.fields(struct):
        if _is_struct(field.type):
            yield from _parameters(field.type)
            continue
        kind, option = get_args(field.type)
        titled = copy(option)
        titled.rich_help_panel = title
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, titled])
