"""The one reader of templates: CloudFormation, SAM and what CDK writes, as the resources that will be deployed."""

from pathlib import Path

from headstart.errors import TemplateError
from headstart.infra.template import views
from headstart.infra.template.document import read_document
from headstart.infra.template.options import ReadOptions
from headstart.infra.template.parameters import parameter_values, pseudo_parameters
from headstart.infra.template.resources import require_no_circle, resources_of
from headstart.infra.template.scope import Scope
from headstart.infra.template.sections import sections, unknown_sections
from headstart.model.infrastructure import Infrastructure, NotUnderstood


def read(path: Path, *, options: ReadOptions | None = None) -> Infrastructure:
    """What the template at ``path`` declares.

    Raises:
        TemplateError: it cannot be read as a template; the message begins with file and line.
    """
    try:
        return _read(path, options or ReadOptions())
    except RecursionError as error:
        raise TemplateError(f"{path}: it is nested too deep", hint="is this a template? give its file") from error


def _read(path: Path, options: ReadOptions) -> Infrastructure:
    template = sections(read_document(path))
    doubts: list[NotUnderstood] = list(unknown_sections(template.document))
    values = parameter_values(template, options.parameters) | pseudo_parameters(options)
    scope = Scope(template, values=values, imports=options.imports, not_understood=doubts)
    resources = {resource.id: resource for resource in resources_of(scope)}
    for name in template.outputs:
        scope.output(name)
    require_no_circle(resources)
    return views.typed(str(path), resources, not_understood=doubts)
