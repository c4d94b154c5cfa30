"""Finds the function that a file of code is of, with the settings and events that it is run with."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from headstart.errors import ConfigError, RequestError
from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.infra.project import Project
from headstart.infra.settings import TemplateTable
from headstart.infra.template import reader
from headstart.infra.template.options import ReadOptions


class FunctionsOfFiles:
    """The functions at ``path``, each put together once: those of ``templates`` first."""

    def __init__(self, path: Path, *, templates: Sequence[Path], given: Overrides) -> None:
        self._path = path
        self._templates = templates
        self._given = given
        self._declared: list[tuple[Path, str, Path]] | None = None
        self._found: dict[tuple[Path, str | None], Project] = {}

    def of(self, file: Path) -> Project:
        """The function of a template whose code the file is in (that of ``--function``, where one is named), else the
        nearest folder above it, up to the path, that is one.

        Raises:
            RequestError: there is none, and what is wrong with the path.
        """
        file = file.resolve()
        asked = self._given.template.function
        if asked is not None and self._templates:
            return self._project(self._templates[0], function=asked)
        for template, function, code in self._in_templates():
            if file.is_relative_to(code):
                return self._project(template, function=function)
        top = (self._path if self._path.is_dir() else self._path.parent).resolve()
        if not file.is_relative_to(top):
            raise ConfigError(f"{file} is not in {self._path}", hint=f"headstart fix {file.parent}")
        *inner, _ = (folder for folder in file.parents if folder.is_relative_to(top))
        for folder in inner:
            with suppress(RequestError):
                return self._project(folder)
        return self._project(top)

    def _in_templates(self) -> list[tuple[Path, str, Path]]:
        """Each function of a template that can be run here: the template, its logical id, where its code is."""
        if self._declared is None:
            table = self._given.template
            options = ReadOptions(parameters=table.parameters, imports=table.imports, allows_unknown_parameters=True)
            self._declared = [
                (template, function.id, function.code.resolve())
                for template in self._templates
                for function in reader.read(template, options=options).functions
                if function.code is not None and function.spec is not None
            ]
        return self._declared

    def _project(self, path: Path, *, function: str | None = None) -> Project:
        key = path, function
        if key not in self._found:
            table = (
                TemplateTable()
                if function is None
                else msgspec.structs.replace(self._given.template, function=function)
            )
            self._found[key] = config_file.resolve(path, msgspec.structs.replace(self._given, template=table))
        return self._found[key]
