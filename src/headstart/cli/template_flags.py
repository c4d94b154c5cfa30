"""The flags that choose a function of a template and fill in what the template leaves open."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from typer import Option

from headstart.errors import ConfigError
from headstart.infra.settings import TemplateTable

ParameterFlag = Annotated[
    list[str], Option("--parameter", metavar="NAME=VALUE", help="Value of a parameter. Repeatable.")
]
ParametersFlag = Annotated[
    list[Path],
    Option("--parameters", metavar="FILE", help="Values of parameters, JSON or YAML, as the AWS CLI takes them."),
]
ImportFlag = Annotated[
    list[str], Option("--import", metavar="NAME=VALUE", help="Value of another stack's export. Repeatable.")
]


class TemplateFlags(msgspec.Struct, frozen=True, kw_only=True):
    """With a template as PATH."""

    function: Annotated[
        str | None,
        Option("--function", metavar="ID", help="Its logical id, name or construct path; needed if there are several."),
    ] = None
    parameter: ParameterFlag = []
    parameters: ParametersFlag = []
    imports: ImportFlag = []
    stack: Annotated[str | None, Option("--stack", metavar="NAME", help="Which stack, in a cdk.out folder.")] = None


def template_table(flags: TemplateFlags) -> TemplateTable:
    """The flags as ``infra`` takes them: a parameter by itself wins over one in a file.

    Raises:
        ConfigError: a parameter or import without a value.
        TemplateError: a file of parameters that cannot be understood.
    """
    parameters: dict[str, Any] = {}
    if flags.parameters:
        from headstart.infra.template.parameter_file import read_parameters  # noqa: PLC0415  (few runs have one)
    for file in flags.parameters:
        parameters |= read_parameters(file)
    return TemplateTable(
        function=flags.function,
        parameters=parameters | dict(_pairs("--parameter", flags.parameter)),
        imports=dict(_pairs("--import", flags.imports)),
        stack=flags.stack,
    )


def _pairs(flag: str, given: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise ConfigError(f"{flag} is {text!r}; needed: NAME=VALUE", hint=f"{flag} {name or 'Stage'}=prod")
        yield name, value
