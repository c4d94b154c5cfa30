"""Functions, versions and aliases."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.errors import RequestError
from headstart.infra import function_settings
from headstart.infra.settings import FunctionTable
from headstart.infra.template.declared import references
from headstart.infra.template.declared.properties import Properties
from headstart.infra.template.declared.view import View
from headstart.infra.template.local_code import CODE, LAYER, is_there
from headstart.model.function import Architecture, FunctionSpec
from headstart.model.infrastructure import DeclaredAlias, DeclaredFunction, DeclaredVersion, Resource, Symbolic

_LAYER_VERSION: Final = "AWS::Lambda::LayerVersion"
# The account and the region of functions that run here.
HERE: Final[Mapping[str, str]] = {
    "AWS::Partition": "aws",
    "AWS::Region": function_settings.DEFAULT_REGION,
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}


def functions(view: View) -> Iterator[DeclaredFunction]:
    """Each ``AWS::Lambda::Function``."""
    for properties in view.of_type(references.FUNCTION):
        declared = _declared(view, properties)
        spec, why = _spec(declared)
        yield msgspec.structs.replace(declared, spec=spec, why_no_spec=why)


def versions(view: View) -> Iterator[DeclaredVersion]:
    """Each ``AWS::Lambda::Version``."""
    for properties in view.of_type(references.VERSION):
        yield DeclaredVersion(
            resource=properties.resource,
            function=view.function(properties, "FunctionName").function,
            provisioned=_provisioned(properties),
        )


def aliases(view: View) -> Iterator[DeclaredAlias]:
    """Each ``AWS::Lambda::Alias``."""
    for properties in view.of_type(references.ALIAS):
        yield DeclaredAlias(
            resource=properties.resource,
            function=view.function(properties, "FunctionName").function,
            name=properties.words("Name"),
            version=view.references.version(properties.words("FunctionVersion")),
            provisioned=_provisioned(properties),
            weights=dict(_weights(view, properties)),
        )


def table(function: DeclaredFunction, known: Mapping[str, str] = HERE) -> FunctionTable:
    """The function's settings as ``[function]`` of headstart.toml would say them.

    Environment variables that only a deployment knows get a text that looks like what they will be; ``known`` are
    values of pseudo parameters, and of parameters that are not shown otherwise.
    """
    level = function.resource.get("LoggingConfig", "ApplicationLogLevel")
    log_format = function.resource.get("LoggingConfig", "LogFormat")
    return FunctionTable(
        name=function_settings.name_like(function.name),
        code=str(function.code) if function.code else None,
        handler=function.handler,
        runtime=function.runtime,
        memory_mb=function.memory_mb,
        timeout_s=function.timeout_s,
        architecture=function.architecture or Architecture.X86_64,
        ephemeral_storage_mb=function.ephemeral_storage_mb,
        log_format=log_format if isinstance(log_format, str) else None,
        application_log_level=level if isinstance(level, str) else None,
        layers=tuple(str(layer) for layer in function.layers),
        environment={name: references.physical(value, known) for name, value in function.environment.items()},
    )


def layer_path(resources: Mapping[str, Resource], item: Any) -> Path | None:
    """Where the layer that an item of Layers refers to is, or should be, on this machine; None for one elsewhere."""
    referred = (resources.get(id_) for id_ in item.refers_to) if isinstance(item, Symbolic) else ()
    layers = (resource for resource in referred if resource is not None and resource.type == _LAYER_VERSION)
    path = next((resource.metadata.get(LAYER) for resource in layers), None)
    return Path(path) if path else None


def _declared(view: View, properties: Properties) -> DeclaredFunction:
    resource = properties.resource
    code = resource.metadata.get(CODE)
    architectures = properties.items("Architectures")
    properties.mapping("LoggingConfig")
    layers = filter(None, (layer_path(view.resources, item) for item in properties.items("Layers")))
    return DeclaredFunction(
        resource=resource,
        name=properties.text("FunctionName") or resource.id,
        runtime=properties.text("Runtime"),
        handler=properties.text("Handler"),
        memory_mb=properties.whole("MemorySize"),
        timeout_s=properties.whole("Timeout"),
        architecture=properties.text("Architectures", 0) if architectures else None,
        ephemeral_storage_mb=properties.whole("EphemeralStorage", "Size"),
        reserved=properties.whole("ReservedConcurrentExecutions"),
        environment=_environment(properties),
        layers=tuple(layer for layer in layers if is_there(layer)),
        code=Path(code) if code else None,
        is_image=properties.text("PackageType") == "Image" or resource.get("Code", "ImageUri") is not None,
        has_snap_start=properties.text("SnapStart", "ApplyOn") == "PublishedVersions",
    )


def _environment(properties: Properties) -> dict[str, Any]:
    """Each variable as the text that CloudFormation makes of it, or ``Symbolic``."""
    path = ("Environment", "Variables")
    values = {name: properties.value(*path, name) for name in properties.mapping(*path)}
    texts = {
        name: value if isinstance(value, Symbolic) else properties.text(*path, name) for name, value in values.items()
    }
    return {name: text for name, text in texts.items() if text is not None}


def _spec(function: DeclaredFunction) -> tuple[FunctionSpec | None, str]:
    """What the local engine runs, or why there is none."""
    if why := _why_not(function):
        return None, why
    assert function.code is not None
    assert function.runtime is not None
    is_python = function.runtime.startswith("python")
    try:
        handler = function.handler or ("" if is_python else "bootstrap")
        return function_settings.spec(table(function), function.code, runtime=function.runtime, handler=handler), ""
    except RequestError as error:
        return None, error.message


def _why_not(function: DeclaredFunction) -> str:
    if function.is_image:
        return "its package is an image, which the local engine does not run"
    if function.runtime is None:
        return "its runtime is not said, or known only after deployment"
    if not function.runtime.startswith(("python", "provided")):
        return f"its runtime is {function.runtime}; the local engine runs Python and custom runtimes"
    if function.handler is None and function.runtime.startswith("python"):
        return "its handler is not said, or known only after deployment"
    if function.code is None:
        is_inline = function.resource.get("Code", "ZipFile") is not None
        return "its code stands in the template (ZipFile)" if is_inline else "its code is not on this machine"
    return "" if is_there(function.code) else f"its code, {function.code}, does not exist"


def _provisioned(properties: Properties) -> int | None:
    return properties.whole("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")


def _weights(view: View, properties: Properties) -> Iterator[tuple[str, float]]:
    for path in properties.paths("RoutingConfig", "AdditionalVersionWeights"):
        weight = properties.number(*path, "FunctionWeight")
        if weight is not None:
            yield view.references.version(properties.words(*path, "FunctionVersion")), weight
