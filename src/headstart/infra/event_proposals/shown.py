"""All that a package shows of the events that it takes, by whence it is known."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from headstart.errors import TemplateError
from headstart.infra import sources
from headstart.infra.event_proposals import actions, openapi, own_tests, program, routes, typed_sources
from headstart.infra.event_proposals.candidate import Candidate
from headstart.infra.event_proposals.http_request import HttpShape, Request, Route, event_of
from headstart.infra.event_proposals.in_template import InTemplate, TemplateRoute
from headstart.infra.event_proposals.parameters import Requests
from headstart.infra.event_proposals.reached import route_reach, shape_of, value_of
from headstart.infra.event_proposals.routers import Routers, text
from headstart.infra.event_proposals.routes import DeclaredRoute
from headstart.infra.project import Project
from headstart.infra.template import reader
from headstart.infra.template.options import ReadOptions
from headstart.model.infrastructure import DeclaredFunction

# What a handler reads of an event over HTTP tells its version.
_READ: Final = {"rawPath": HttpShape.HTTP_API, "routeKey": HttpShape.HTTP_API, "httpMethod": HttpShape.REST_API}


class Shown:
    """What ``project`` shows, read and never run."""

    def __init__(self, project: Project) -> None:
        handler = project.spec.handler.rpartition(".")[0].replace("/", ".")
        self._project = project
        self._program = program.read(project.spec.code, handler)
        file, self._template = _template(project)
        self.folders = _folders(project, file)
        self._routers = Routers(self._program)
        self._declared = _of_frameworks(routes.declared(self._program, self._routers))
        self._documented = list(_documented(self.folders))
        self._of_template = _not_declared(self._template.routes() if self._template else (), self._declared)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route, those of the source first."""
        declared = [each.route for each in self._declared]
        elsewhere = [each.request.route for each in self._of_template] + [each.route for each, _ in self._documented]
        return tuple(dict.fromkeys(declared + elsewhere))

    @property
    def shape(self) -> HttpShape:
        """The shape of events over HTTP: what the source resolves, the template routes, the given events have, or the
        handler reads; else that of an HTTP API.
        """
        of_events = filter(None, (shape_of(value_of(event)) for event in self._project.events))
        words = (text(node) for _, node in self._program.nodes() if isinstance(node, ast.Constant))
        return (
            self._routers.shape
            or (self._template and self._template.shape)
            or next(of_events, None)
            or next((_READ[word] for word in words if word in _READ), HttpShape.HTTP_API)
        )

    def in_source(self) -> Iterator[Candidate]:
        """Routes, actions, and the services whose events are named, in the order of the code."""
        requests = Requests(self._program)
        yield from (self._of_request(requests.to(each), each.place) for each in self._declared)
        yield from actions.candidates(self._program)
        yield from typed_sources.candidates(self._program)

    def in_template(self) -> Iterator[Candidate]:
        """The routes of APIs, and what else invokes the function."""
        yield from (self._of_request(each.request, each.place, shape=each.shape) for each in self._of_template)
        if self._template is not None:
            yield from self._template.candidates()

    def in_documents(self) -> Iterator[Candidate]:
        """The operations of OpenAPI documents."""
        yield from (self._of_request(*each) for each in self._documented)

    def in_own_tests(self) -> Iterator[Candidate]:
        """Events that lie there, and that tests send."""
        handler, events = self._project.spec.handler, self._project.folder.resolve() / "events"
        for folder in self.folders:
            yield from own_tests.candidates(folder, handler=handler, routes=self.routes, events=events)

    def _of_request(self, request: Request, place: str, *, shape: HttpShape | None = None) -> Candidate:
        return Candidate(reach=route_reach(request.route), place=place, event=event_of(request, shape or self.shape))


def _folders(project: Project, template: Path | None) -> tuple[Path, ...]:
    """Where a project's events, tests and documents may lie: with its code, its settings, and its template."""
    beside = [template.parent] if template is not None else []
    found = dict.fromkeys(folder.resolve() for folder in (project.spec.code, project.folder, *beside))
    return tuple(folder for folder in found if folder.is_dir())


def _of_frameworks(declared: Iterator[DeclaredRoute]) -> list[DeclaredRoute]:
    """Texts like ``"GET /rates"`` are routes only where no framework has some."""
    found = sorted(declared, key=lambda each: (each.module.file, each.line))
    return [each for each in found if each.package] or found


def _not_declared(found: Iterator[TemplateRoute] | tuple[()], declared: list[DeclaredRoute]) -> list[TemplateRoute]:
    """A route for everything tells nothing where the source has the routes."""
    return [
        each
        for each in found
        if not declared or not ("+}" in each.request.route.path or each.request.route.method == "ANY")
    ]


def _documented(folders: tuple[Path, ...]) -> Iterator[tuple[Request, str]]:
    for folder in folders:
        for document in openapi.documents(folder):
            for operation in openapi.operations(document.root.plain()):
                yield operation.request, openapi.place_of(document, operation.steps)


def _template(project: Project) -> tuple[Path | None, InTemplate | None]:
    """The project's template, or one near its code that has the function; nothing where there is none to be read."""
    for file in _templates(project):
        with suppress(TemplateError):
            infrastructure = reader.read(file, options=ReadOptions(allows_unknown_parameters=True))
            for function in infrastructure.functions:
                if _is_of(function, project):
                    return file, InTemplate(infrastructure, function.id)
    return project.template, None


def _templates(project: Project) -> Iterator[Path]:
    if project.template is not None:
        yield project.template
    code = project.spec.code.resolve()
    for folder in dict.fromkeys((*_folders(project, project.template), code.parent)):
        with suppress(TemplateError):  # a cdk.out that is not whole
            yield from sources.find(folder).templates


def _is_of(function: DeclaredFunction, project: Project) -> bool:
    """Whether a function of a template has the project's code and handler."""
    has_code = function.code is not None and function.code.resolve() == project.spec.code.resolve()
    return has_code and function.handler in (None, project.spec.handler)
