"""Functions of Lambda, their code, versions and aliases."""

from pathlib import Path
from typing import Any, Final

from headstart.infra.program.recorder import Draft
from headstart.infra.program.resources import event_sources, words
from headstart.infra.program.resources.call import NOTHING, Call, Maker, Table, field
from headstart.infra.program.values import Given, Made, NotSet, Outside, Unknown
from headstart.infra.template.local_code import CODE, LAYER, is_there
from headstart.model.infrastructure import Symbolic

FUNCTION: Final = "AWS::Lambda::Function"
_LAMBDA: Final = "aws_cdk.aws_lambda."
_BUILT: Final = frozenset(
    {"build", "dist", "out", "package", "target", ".build", ".aws-sam", "cdk.out", "node_modules"}
)


def _snap_start(value: Any) -> Any:
    """``ON_PUBLISHED_VERSIONS`` is ``PublishedVersions``."""
    found = words.camel(value)
    return found.removeprefix("On") if isinstance(found, str) else found


def _log_format(value: Any) -> Any:
    """``JSON``, or ``Text``."""
    found = words.shouted(value)
    return "Text" if found == "TEXT" else found


_PROPERTIES: Final[Table] = {
    "function_name": (("FunctionName",), words.plain),
    "description": (("Description",), words.plain),
    "runtime": (("Runtime",), words.runtime),
    "handler": (("Handler",), words.plain),
    "memory_size": (("MemorySize",), words.plain),
    "timeout": (("Timeout",), words.seconds),
    "architecture": (("Architectures",), words.architecture),
    "reserved_concurrent_executions": (("ReservedConcurrentExecutions",), words.plain),
    "environment": (("Environment", "Variables"), words.plain),
    "layers": (("Layers",), words.plain),
    "insights_version": (("Layers",), words.listed),
    "adot_instrumentation": (("Layers",), words.listed),
    "params_and_secrets": (("Layers",), words.listed),
    "ephemeral_storage_size": (("EphemeralStorage", "Size"), words.mebibytes),
    "snap_start": (("SnapStart", "ApplyOn"), _snap_start),
    "logging_format": (("LoggingConfig", "LogFormat"), _log_format),
    "log_format": (("LoggingConfig", "LogFormat"), words.plain),
    "application_log_level_v2": (("LoggingConfig", "ApplicationLogLevel"), words.shouted),
    "application_log_level": (("LoggingConfig", "ApplicationLogLevel"), words.plain),
    "system_log_level_v2": (("LoggingConfig", "SystemLogLevel"), words.shouted),
    "log_group": (("LoggingConfig", "LogGroup"), words.plain),
    "vpc": (("VpcConfig", "Vpc"), words.plain),
    "filesystem": (("FileSystemConfigs",), words.listed),
    "dead_letter_queue": (("DeadLetterConfig", "TargetArn"), words.plain),
    "dead_letter_topic": (("DeadLetterConfig", "TargetArn"), words.plain),
}
_ASYNC: Final = {
    "on_failure": ("DestinationConfig", "OnFailure", "Destination"),
    "on_success": ("DestinationConfig", "OnSuccess", "Destination"),
    "retry_attempts": ("MaximumRetryAttempts",),
    "max_event_age": ("MaximumEventAgeInSeconds",),
}


def function(call: Call) -> Made:
    """A ``Function``, and what its keywords make beside it."""
    draft = call.draft(FUNCTION)
    made = call.made("function", draft)
    call.fill(draft, _PROPERTIES)
    _code(call, draft, given=call.given("code"))
    _finish(call, made)
    return made


def python_function(call: Call) -> Made:
    """A ``PythonFunction``, which installs what its folder's requirements list."""
    draft = call.draft(FUNCTION)
    made = call.made("function", draft)
    index, name = call.value("index") or "index.py", call.value("handler") or "handler"
    call.fill(draft, {keyword: entry for keyword, entry in _PROPERTIES.items() if keyword != "handler"})
    if isinstance(index, str) and isinstance(name, str):
        place = (call.given("handler") or call.at(name)).place
        draft.set(("Handler",), f"{index.removesuffix('.py').replace('/', '.')}.{name}", place=place)
    entry = call.given("entry")
    if entry is not None and isinstance(entry.value, str | Path):
        draft.set(("Code", "S3Key"), Symbolic("${asset}"), place=entry.place)
        _remember_path(call, draft, given=entry, key=CODE)
    _finish(call, made)
    return made


def image_function(call: Call) -> Made:
    """A ``DockerImageFunction``."""
    draft = call.draft(FUNCTION)
    made = call.made("function", draft)
    call.fill(draft, _PROPERTIES)
    draft.set(("PackageType",), "Image", place=call.place)
    draft.set(("Code", "ImageUri"), Symbolic("${image}"), place=call.place)
    _finish(call, made)
    return made


def other_function(call: Call) -> Made:
    """A function in another language, of which only the settings are looked at."""
    draft = call.draft(FUNCTION)
    made = call.made("function", draft)
    call.fill(draft, _PROPERTIES)
    if "runtime" not in call.keywords:
        draft.set(("Runtime",), Symbolic("${runtime}"), place=call.place)
    _finish(call, made)
    return made


def layer(call: Call) -> Made:
    """A ``LayerVersion``."""
    draft = call.draft("AWS::Lambda::LayerVersion")
    code = call.given("code")
    if code is not None and isinstance(code.value, Made) and code.value.kind == "asset":
        _remember_path(call, draft, given=Given(code.value.value("path", 0), code.place), key=LAYER)
    return call.made("layer", draft)


def asset(call: Call) -> Made:
    """``Code.from_asset``."""
    return call.made("asset")


def inline(call: Call) -> Made:
    """``Code.from_inline``."""
    return call.made("inline")


def _code(call: Call, draft: Draft, *, given: Given | None) -> None:
    """Where the code is. What a build makes of a folder is not what lies there."""
    code = given.value if given is not None else None
    if given is None or not isinstance(code, Made):
        return
    place = code.place
    if code.kind == "inline":
        draft.set(("Code", "ZipFile"), code.value("code", 0), place=place)
    else:
        draft.set(("Code", "S3Key"), Symbolic("${asset}"), place=place)
    is_built = any(code.value(name) is not None for name in ("bundling", "exclude", "command"))
    if code.kind == "asset" and not is_built:
        _remember_path(call, draft, given=Given(code.value("path", 0), place), key=CODE)
        draft.construct_path = "/".join(call.path)


def _remember_path(call: Call, draft: Draft, *, given: Given, key: str) -> None:
    """The folder or zip on this machine. Of what a build will make there, nothing is said before it has."""
    if not isinstance(given.value, str | Path):
        return
    path = call.machine.asset(str(given.value))
    if is_there(path) or not _BUILT & {*Path(str(given.value)).parts}:
        draft.metadata[key] = str(path)


def _finish(call: Call, made: Made) -> None:
    """What a function's keywords make beside it."""
    draft, tracing = made.draft, call.given("tracing")
    if tracing is not None and not (isinstance(tracing.value, Outside) and tracing.value.last == "DISABLED"):
        draft.set(("TracingConfig", "Mode"), words.camel(tracing.value), place=tracing.place)
    retention = call.given("log_retention")
    if retention is not None:
        logs = call.draft("Custom::LogRetention", "LogRetention")
        name = Symbolic(f"/aws/lambda/${{{draft.id}}}", (draft.id,))
        logs.set(("LogGroupName",), name, place=retention.place)
        logs.set(("RetentionInDays",), words.retention_days(retention.value), place=retention.place)
    if call.value("dead_letter_queue_enabled") is True and call.value("dead_letter_queue") is None:
        queue = call.draft("AWS::SQS::Queue", "DeadLetterQueue")
        path = (*call.path, "DeadLetterQueue")
        kept = Made(type="aws_cdk.aws_sqs.Queue", kind="queue", draft=queue, path=path, place=call.place)
        made.kept["dead_letter_queue"] = kept
        draft.set(("DeadLetterConfig", "TargetArn"), kept.ref("Arn"), place=call.place)
    if _ASYNC.keys() & call.keywords.keys():
        configure_async(call, made)
    events = call.value("events")
    for event in events if isinstance(events, list | tuple) else ():
        event_sources.add(call, made, event=event)


def configure_async(call: Call, owner: Made) -> None:
    """What becomes of events of asynchronous invocations."""
    config = call.draft("AWS::Lambda::EventInvokeConfig", "EventInvokeConfig", path=owner.path)
    function_of = owner if owner.kind == "function" else owner.kept.get("function", owner)
    config.set(("FunctionName",), function_of, place=call.place)
    for keyword, path in _ASYNC.items():
        if given := call.given(keyword):
            value = given.value.value("destination", 0) if isinstance(given.value, Made) else given.value
            value = value if value is not None else given.value
            config.set(path, words.seconds(value), place=given.place)


def current_version(owner: Made, call: Call) -> Made:
    """The version that follows the function's configuration and code: one for each function."""
    if "version" not in owner.kept:
        draft = call.draft("AWS::Lambda::Version", "CurrentVersion", path=owner.path)
        options = owner.value("current_version_options")
        if isinstance(options, Unknown):
            draft.recorder.note(draft.id, "current_version_options are not followed", place=owner.place)
        given = {"removal_policy": field(options, "removal_policy")}
        draft.deletion_policy = words.policy(given["removal_policy"])
        provisioned = field(options, "provisioned_concurrent_executions")
        _version(draft, owner, provisioned=Given(provisioned, owner.place), call=call)
        made = Made(
            type=f"{_LAMBDA}Version",
            kind="version",
            draft=draft,
            path=(*owner.path, "CurrentVersion"),
            place=call.place,
        )
        made.kept["function"] = owner
        owner.kept["version"] = made
    return owner.kept["version"]  # type: ignore[no-any-return]


def version(call: Call) -> Made:
    """A ``Version`` of its own."""
    draft, owner = call.draft("AWS::Lambda::Version"), call.value("lambda_")
    made = call.made("version", draft)
    draft.deletion_policy = words.policy(call.value("removal_policy"))
    provisioned = call.given("provisioned_concurrent_executions") or call.at(None)
    _version(draft, owner, provisioned=provisioned, call=call)
    call.fill(draft, {})
    made.kept["function"] = owner
    return made


def _version(draft: Draft, owner: Any, *, provisioned: Given, call: Call) -> None:
    draft.set(("FunctionName",), owner, place=call.place)
    path = ("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    draft.set(path, provisioned.value, place=provisioned.place)


def alias(call: Call) -> Made:
    """An ``Alias``."""
    draft, of = call.draft("AWS::Lambda::Alias"), call.given("version")
    made = call.made("alias", draft)
    owner = of.value.kept.get("function") if of is not None and isinstance(of.value, Made) else None
    call.fill(draft, _ALIAS)
    _point(draft, of or call.at(None), owner=owner)
    _weigh(call, draft)
    made.kept["function"] = owner if owner is not None else Unknown("the function of an alias")
    return made


_ALIAS: Final[Table] = {
    "alias_name": (("Name",), words.plain),
    "description": (("Description",), words.plain),
    "provisioned_concurrent_executions": (
        ("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"),
        words.plain,
    ),
}


def add_alias(call: Call) -> Made:
    """``fn.add_alias``: of the current version."""
    owner = call.owner
    draft = call.draft("AWS::Lambda::Alias", f"Alias{call.value('alias_name', 0)}", path=owner.path)
    made = call.made("alias", draft, path=(*owner.path, draft.id))
    made.type = f"{_LAMBDA}Alias"
    call.fill(draft, _ALIAS)
    function_of = owner if owner.kind == "function" else owner.kept.get("function")
    to = current_version(owner, call) if owner.kind == "function" else owner
    _point(draft, call.at(to), owner=function_of)
    made.kept["function"] = function_of
    return made


def _point(draft: Draft, to: Given, *, owner: Any) -> None:
    draft.set(("FunctionName",), owner, place=draft.place)
    value = to.value
    if isinstance(value, Made) and value.kind == "version" and value.draft is not None:
        value = value.ref("Version")
    elif isinstance(value, Made) and value.kind == "latest":
        value = "$LATEST"
    draft.set(("FunctionVersion",), value, place=to.place)


def _weigh(call: Call, draft: Draft) -> None:
    given = call.given("additional_versions")
    if given is None or not isinstance(given.value, list | tuple):
        return
    for index, each in enumerate(given.value):
        path = ("RoutingConfig", "AdditionalVersionWeights", index)
        of = field(each, "version")
        to = of.ref("Version") if isinstance(of, Made) and of.draft is not None else of
        draft.set((*path, "FunctionVersion"), to, place=given.place)
        draft.set((*path, "FunctionWeight"), field(each, "weight"), place=given.place)


def add_environment(call: Call) -> None:
    """``fn.add_environment``."""
    name, value = call.value("key", 0), call.given("value", 1) or call.at(None)
    if isinstance(name, str):
        call.machine.change(call.owner.draft, ("Environment", "Variables", name), to=value)
    else:
        call.machine.change(call.owner.draft, ("Environment", "Variables"), to=call.at(Unknown("a variable's name")))


def add_layers(call: Call) -> None:
    """``fn.add_layers``."""
    draft = call.owner.draft
    before = draft.properties.get("Layers", [])
    layers = [*(before if isinstance(before, list) else [before]), *call.values]
    draft.properties.pop("Layers", None)
    call.machine.change(draft, ("Layers",), to=call.at(layers))


def property_of(owner: Made, name: str, *, call: Call) -> Any:
    """What a property of a function, version or alias is; NOTHING where that is to be found otherwise."""
    if name in ("current_version", "latest_version"):
        if name == "current_version":
            return current_version(owner, call)
        return Made(type=f"{_LAMBDA}IVersion", kind="latest", place=call.place, kept={"function": owner})
    if name in ("timeout", "dead_letter_queue", "dead_letter_topic"):
        given = owner.given.get(name)
        return given.value if given else owner.kept.get(name, NotSet(owner.id, name))
    if name in ("lambda_", "version") and owner.kind in ("alias", "version"):
        return owner.kept.get("function") if name == "lambda_" else (owner.value("version") or owner.ref("Version"))
    if name == "alias_name":
        return owner.value("alias_name", 0)
    return _reference(owner, name)


def _reference(owner: Made, name: str) -> Any:
    function_of = owner.kept.get("function")
    if name == "function_arn":
        return owner.ref("Arn") if owner.kind == "function" else owner.ref()
    if name == "function_name":
        if owner.kind != "alias" or not isinstance(function_of, Made):
            return owner.ref()
        refers_to = (owner.id, function_of.id)
        return Symbolic(f"${{{function_of.id}}}:{owner.value('alias_name', 0)}", refers_to)
    return NOTHING


MAKERS: Final[dict[str, Maker]] = {
    f"{_LAMBDA}Function": function,
    f"{_LAMBDA}SingletonFunction": function,
    f"{_LAMBDA}DockerImageFunction": image_function,
    f"{_LAMBDA}LayerVersion": layer,
    f"{_LAMBDA}Version": version,
    f"{_LAMBDA}Alias": alias,
    f"{_LAMBDA}Code.from_asset": asset,
    f"{_LAMBDA}AssetCode": asset,
    f"{_LAMBDA}Code.asset": asset,
    f"{_LAMBDA}Code.from_inline": inline,
    f"{_LAMBDA}InlineCode": inline,
    "aws_cdk.aws_lambda_python_alpha.PythonFunction": python_function,
    "aws_cdk.aws_lambda_nodejs.NodejsFunction": other_function,
    "aws_cdk.aws_lambda_go_alpha.GoFunction": other_function,
}
METHODS: Final[dict[tuple[str, str], Maker]] = {
    ("function", "add_alias"): add_alias,
    ("version", "add_alias"): add_alias,
    ("function", "add_environment"): add_environment,
    ("function", "add_layers"): add_layers,
    **{
        (kind, "configure_async_invoke"): lambda call: configure_async(call, call.owner)
        for kind in ("function", "alias")
    },
    **{
        (kind, "add_event_source"): lambda call: event_sources.add(call, call.owner, event=call.value("source", 0))
        for kind in ("function", "alias", "version")
    },
}
