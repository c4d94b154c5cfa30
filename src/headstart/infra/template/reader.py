"""The one reader of templates: CloudFormation, SAM and what CDK writes, as the resources that will be deployed."""

from pathlib import Path

from headstart.errors import TemplateError
from headstart.infra.template import views
from headstart.infra.template.assembly import template_of
from headstart.infra.template.circles import require_no_circle
from headstart.infra.template.loading import Loader
from headstart.infra.template.options import ReadOptions
from headstart.infra.template.resources import resources_of
from headstart.model.infrastructure import Infrastructure


def read(path: Path, *, options: ReadOptions = ReadOptions()) -> Infrastructure:  # noqa: B008
    """What the template at ``path`` declares: CloudFormation or SAM in YAML or JSON, or a CDK output folder.

    Of a folder with several stacks ``options.stack`` chooses one. A resource whose condition is false is not there; one
    whose condition only a deployment knows is, and is listed in ``not_understood``, as is all else that could not be
    made sense of. A local folder or zip with a function's code is in its metadata as ``headstart:code``, that of a
    layer as ``headstart:layer``.

    Raises:
        TemplateError: it cannot be read as a template; the message begins with file and line.
    """
    try:
        return _read(template_of(path, stack=options.stack), options)
    except RecursionError as error:
        raise TemplateError(f"{path}: it is nested too deep", hint="is this a template? give its file") from error


def _read(file: Path, options: ReadOptions) -> Infrastructure:
    loader = Loader(file, options)
    resources = {resource.id: resource for resource in resources_of(loader.root())}
    require_no_circle(resources)
    return views.typed(str(file), resources, not_understood=loader.not_understood)
