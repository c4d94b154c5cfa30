"""Turns a SAM template into CloudFormation offline, by AWS's own translator; every value keeps the place it had."""

import logging
import re
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from headstart.errors import TemplateError
from headstart.infra.template.node import Document, error_at
from headstart.infra.template.sam_places import SAM_TYPES, Places

TRANSFORM = "AWS::Serverless-2016-10-31"

_LOCAL_KEYS = ("CodeUri", "ContentUri", "DefinitionUri", "SchemaUri")
_CODE_KEYS = {"CodeUri", "InlineCode", "ImageUri"}
_APPLICATION = "AWS::Serverless::Application"
_BUCKET = "headstart-local"
_REMOTE = re.compile(r"(s3|https?)://|.*\.dkr\.ecr\.")
_NO_VALUE = {"Ref": "AWS::NoValue"}
# The translator writes the region and partition that it is told into its output: it is told what leaves them open.
_OPEN = {name: {"Ref": name} for name in ("AWS::Region", "AWS::Partition")}


def translate(document: Document, *, values: Mapping[str, Any]) -> Document:
    """The same template with only CloudFormation's resources.

    A path on this machine stands where CloudFormation has its place in S3, e.g. ``Code: ./src``, as in a template
    before ``aws cloudformation package``. A generated resource stands where what it was generated for does.
    ``values`` are those of parameters that are known.

    Raises:
        TemplateError: AWS's translator refuses the template.
    """
    template = document.root.plain()
    assert isinstance(template, dict)
    local = _LocalPaths()
    defaults = template.get("Globals")
    of_functions = defaults.get("Function") if isinstance(defaults, dict) else None
    for resource in (template["Resources"] or {}).values():
        _leave_the_repository_alone(resource)
        _say_the_implicit(resource, of_functions if isinstance(of_functions, dict) else {})
        if isinstance(resource, dict) and str(resource.get("Type")).startswith(SAM_TYPES):
            local.hide_in(resource.get("Properties"))
    local.hide_in(of_functions)
    translated = local.restored(_translated(template, document, values=values))
    return Document(document.file, Places(document).of(translated))


def _translated(template: dict[str, Any], document: Document, *, values: Mapping[str, Any]) -> dict[str, Any]:
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]  # noqa: PLC0415

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name="us-east-1"))
    try:
        return dict(
            translator.translate(
                template,
                parameter_values={**_OPEN, **values},
                passthrough_metadata=True,
                get_managed_policy_map=dict,
            )
        )
    except RecursionError:
        raise
    except Exception as error:  # what it does not foresee in a template comes as KeyError, TypeError …
        raise _refused(document, getattr(error, "causes", None) or [error]) from error


def _refused(document: Document, causes: Iterable[Exception]) -> TemplateError:
    """The translator's first complaint at its resource, the others in the hint."""
    told = [(_resource_of(cause), _message(cause)) for cause in causes]
    (logical_id, message), *others = told or [("", "refused without a reason")]
    root, resources = document.root, document.root.get("Resources")
    node = (resources and resources.get(logical_id)) or root.get(logical_id) or root.get("Transform") or root
    hint = (
        "; ".join(f"{name}: {text}" for name, text in others)
        or "https://docs.aws.amazon.com/serverless-application-model/"
    )
    return error_at(document.place(node), f"SAM refuses {logical_id or 'the template'}: {message}", hint=hint)


def _resource_of(cause: Exception) -> str:
    return str(getattr(cause, "_logical_id", ""))


def _message(cause: Exception) -> str:
    message = getattr(cause, "message", None)
    if not isinstance(message, str):
        return f"its translator cannot read it ({type(cause).__name__})"
    return re.sub(r"^Resource with id \[\w+\] is invalid\. ", "", message)


class _LocalPaths:
    """Local paths, which the translator does not take, as places in S3 that nobody has."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def hide_in(self, properties: Any) -> None:
        """Put a place in S3 for each local path."""
        for key, value in properties.items() if isinstance(properties, dict) else ():
            if key in _LOCAL_KEYS and isinstance(value, str) and not _REMOTE.match(value):
                object_key = str(len(self._paths))
                properties[key] = f"s3://{_BUCKET}/{object_key}"
                self._paths[object_key] = value
            else:
                self.hide_in(value)

    def restored(self, value: Any) -> Any:
        """The same value with the paths where their places in S3 stand."""
        if isinstance(value, dict):
            if _BUCKET in (value.get("S3Bucket"), value.get("Bucket")):
                return self._paths.get(str(value.get("S3Key", value.get("Key"))), value)
            return {key: self.restored(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.restored(item) for item in value]
        if isinstance(value, str) and value.startswith(f"s3://{_BUCKET}/"):
            return self._paths.get(value.rpartition("/")[2], value)
        return value


def _leave_the_repository_alone(resource: Any) -> None:
    """Make an application of AWS's repository, which the translator would fetch, a stack that is elsewhere."""
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    location = properties.get("Location")
    if isinstance(location, dict) and "ApplicationId" in location and resource.get("Type") == _APPLICATION:
        kept = {name: value for name, value in properties.items() if name != "Location"}
        resource |= {"Type": "AWS::CloudFormation::Stack", "Properties": {**kept, "TemplateURL": "serverlessrepo://"}}


def _say_the_implicit(resource: Any, defaults: dict[str, Any]) -> None:
    """Code without a place is the template's own folder, as ``sam`` packages it; an image may have to be built."""
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    if not isinstance(properties, dict) or resource.get("Type") != "AWS::Serverless::Function":
        return
    said = defaults.keys() | properties.keys()
    if properties.get("PackageType", defaults.get("PackageType")) == "Image":
        properties |= {} if "ImageUri" in said else {"ImageUri": _NO_VALUE}
    elif not _CODE_KEYS & said:
        properties["CodeUri"] = "."
