"""Turns a SAM template into CloudFormation offline, by AWS's own translator; every value keeps the place it had."""

import logging
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from headstart.errors import TemplateError
from headstart.infra.template.node import Document, error_at
from headstart.infra.template.sam_places import SAM_TYPES, Places

TRANSFORM = "AWS::Serverless-2016-10-31"

_LOCAL_KEYS = ("CodeUri", "ContentUri", "DefinitionUri", "SchemaUri", "Location")
_NAME_KEYS = ("AutoPublishAlias", "AutoPublishCodeSha256")
_CODE_KEYS = {"CodeUri", "InlineCode", "ImageUri"}
_APPLICATION = "AWS::Serverless::Application"
_BUCKET, _MARK = "headstart-local", "Headstart"
_REMOTE = re.compile(r"(s3|https?)://|.*\.dkr\.ecr\.")
_REFERENCE = "https://docs.aws.amazon.com/serverless-application-model/"
_NO_VALUE = {"Ref": "AWS::NoValue"}
# The translator writes the region and partition that it is told into its output: it is told what leaves them open.
_OPEN = {name: f"${{{name}}}" for name in ("AWS::Region", "AWS::Partition")}
_REFERENCES = {text: {"Ref": name} for name, text in _OPEN.items()}


def translate(document: Document, *, values: Mapping[str, str]) -> Document:
    """The same template with only CloudFormation's resources.

    A path on this machine stands where CloudFormation has its place in S3, e.g. ``Code: ./src``, as in a template
    before ``aws cloudformation package``. A generated resource stands where what it was generated for does.
    ``values`` are those of parameters that are known; references to others stay.

    Raises:
        TemplateError: AWS's translator refuses the template.
    """
    template = document.root.plain()
    assert isinstance(template, dict)
    hidden = _Hidden(values)
    defaults = template.get("Globals")
    of_functions = defaults.get("Function") if isinstance(defaults, dict) else None
    for resource in (template["Resources"] or {}).values():
        _leave_the_repository_alone(resource)
        _say_the_implicit(resource, of_functions if isinstance(of_functions, dict) else {})
        if isinstance(resource, dict) and str(resource.get("Type")).startswith(SAM_TYPES):
            hidden.hide_in(resource.get("Properties"))
    hidden.hide_in(of_functions)
    _forget_defaults(template.get("Parameters"), but_of=values)
    translated = hidden.restored(_translated(template, document, values=values))
    return Document(document.file, Places(document).of(translated))


def _translated(template: dict[str, Any], document: Document, *, values: Mapping[str, str]) -> dict[str, Any]:
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
        raise _refused(document, getattr(error, "causes", None) or [error], known=values) from error


def _refused(document: Document, causes: Iterable[Exception], *, known: Container[str]) -> TemplateError:
    """The translator's first complaint at its resource; in the hint the others, or a parameter that it may lack."""
    told = [(_resource_of(cause), _message(cause)) for cause in causes]
    (logical_id, message), *others = told or [("", "refused without a reason")]
    root, resources = document.root, document.root.get("Resources")
    node = (resources and resources.get(logical_id)) or root.get(logical_id) or root.get("Transform") or root
    open_parameters = (name for name in _referred_to(node.plain()) if name not in known and name in _names(document))
    lacking = next((f"if {name} is to decide it: --parameter {name}=VALUE" for name in open_parameters), "")
    hint = "; ".join(f"{name}: {text}" for name, text in others) or lacking or _REFERENCE
    return error_at(document.place(node), f"SAM refuses {logical_id or 'the template'}: {message}", hint=hint)


def _names(document: Document) -> Container[str]:
    parameters = document.root.get("Parameters")
    return parameters.value if parameters and isinstance(parameters.value, dict) else ()


def _referred_to(value: Any) -> Iterator[str]:
    """The names in the Refs of a value."""
    if isinstance(value, dict):
        if isinstance(name := value.get("Ref"), str):
            yield name
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _referred_to(item)


def _resource_of(cause: Exception) -> str:
    return str(getattr(cause, "_logical_id", ""))


def _message(cause: Exception) -> str:
    message = getattr(cause, "message", None)
    if not isinstance(message, str):
        return f"its translator cannot read it ({type(cause).__name__})"
    return re.sub(r"^Resource with id \[\w+\] is invalid\. ", "", message)


class _Hidden:
    """What the translator does not take, and a template may say all the same, as text that nobody else has.

    Local paths, and functions in the place of a path, which SAM's command line puts in S3, become places there. A
    function in the place of a name becomes its value where ``known`` has it, else a word.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self._values: dict[str, Any] = {}

    def hide_in(self, properties: Any) -> None:
        """Put such a text for each."""
        for key, value in properties.items() if isinstance(properties, dict) else ():
            if key in _LOCAL_KEYS and (_is_local(value) or _is_function(value)):
                properties[key] = f"s3://{_BUCKET}/{self._hidden(value)}"
            elif key in _NAME_KEYS and _is_function(value):
                known = self._known.get(str(value.get("Ref")))
                properties[key] = self._hidden(value) if known is None else known
            else:
                self.hide_in(value)

    def restored(self, value: Any) -> Any:
        """The same value with what was hidden, or is open, where its text stands."""
        if isinstance(value, dict):
            if "Fn::Sub" in value:
                return {"Fn::Sub": self._restored_sub(value["Fn::Sub"])}
            if _BUCKET in (value.get("S3Bucket"), value.get("Bucket")):
                return self._values.get(str(value.get("S3Key", value.get("Key"))), value)
            return {key: self.restored(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.restored(item) for item in value]
        if isinstance(value, str):
            return self._values.get(value.removeprefix(f"s3://{_BUCKET}/"), _REFERENCES.get(value, value))
        return value

    def _restored_sub(self, arguments: Any) -> Any:
        """Its text refers to what is open as it should."""
        return [arguments[0], *self.restored(arguments[1:])] if isinstance(arguments, list) and arguments else arguments

    def _hidden(self, value: Any) -> str:
        mark = f"{_MARK}{len(self._values)}"
        self._values[mark] = value
        return mark


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and not _REMOTE.match(value)


def _is_function(value: Any) -> bool:
    name = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""
    return name == "Ref" or str(name).startswith("Fn::")


def _forget_defaults(parameters: Any, *, but_of: Mapping[str, str]) -> None:
    """The translator takes the default of a parameter that it is told no value of."""
    for name, parameter in parameters.items() if isinstance(parameters, dict) else ():
        if name not in but_of and isinstance(parameter, dict):
            parameter.pop("Default", None)


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
