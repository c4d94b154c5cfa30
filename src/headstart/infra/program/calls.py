"""What a call in a CDK program gives, and what it makes."""

import ast
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final

from headstart.infra.program import api, faults, plain_calls
from headstart.infra.program.attributes import INVOKED, is_property, is_static
from headstart.infra.program.expressions import items_of, value_of
from headstart.infra.program.machine import OUTSIDE, Frame, Machine
from headstart.infra.program.objects import create, start
from headstart.infra.program.recorder import whole
from headstart.infra.program.resources import event_sources, functions, metrics, others, scaling, words
from headstart.infra.program.resources.call import Call, Maker
from headstart.infra.program.values import (
    Duration,
    Given,
    Made,
    Method,
    NotSet,
    Outside,
    OwnClass,
    OwnFunction,
    OwnObject,
    Size,
    Super,
    Unknown,
    constructs_in,
    holds_scope,
)

_PARTS: Final = (functions, event_sources, metrics, scaling, others)
_MAKERS: Final[dict[str, Maker]] = {name: maker for part in _PARTS for name, maker in part.MAKERS.items()}
_METHODS: Final[dict[tuple[str, str], Maker]] = {name: maker for part in _PARTS for name, maker in part.METHODS.items()}
# Methods that change nothing that a rule looks at, whatever they are given.
_HARMLESS: Final = ("grant", "metric", "to_", "add_to_role_policy", "add_to_principal_policy", "override_logical_id")
_HARMLESS_CLASSES: Final = (
    *("aws_cdk.CfnOutput", "aws_cdk.Tags", "aws_cdk.Annotations", "aws_cdk.aws_ssm.", "aws_cdk.aws_iam."),
    *("aws_cdk.aws_cloudwatch.", "aws_cdk.Aspects", "cdk_nag."),
)
_TIMES: Final = {"millis": 0.001, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_SIZES: Final = {"bytes": 2**-20, "kibibytes": 2**-10, "mebibytes": 1, "gibibytes": 2**10, "tebibytes": 2**20}


def call(node: ast.Call, frame: Frame) -> Any:
    """What a call gives, after all that it makes was written down."""
    if isinstance(node.func, ast.Name) and node.func.id == "super" and frame.owner and frame.in_class:
        return Super(frame.owner, frame.in_class)
    owner = value_of(node.func.value, frame) if isinstance(node.func, ast.Attribute) else None
    made = _arguments(node, frame)
    if isinstance(node.func, ast.Attribute) and not isinstance(owner, Outside):
        made.name, made.owner = node.func.attr, owner
        return _method(made)
    return called(value_of(node.func, frame), made)


def called(function: Any, made: Call) -> Any:
    """What a call of a value gives."""
    if isinstance(function, Outside):
        made.name = function.name
        return _outside(made)
    if isinstance(function, OwnFunction):
        return made.machine.invoke(function, list(made.positional), keywords=made.keywords_of(function))
    if isinstance(function, OwnClass):
        return create(function, made)
    if isinstance(function, Method):
        made.name, made.owner = function.name, function.owner
        return _method(made)
    return _unfollowed(made, "a call")


def _arguments(node: ast.Call, frame: Frame) -> Call:
    machine = frame.machine
    positional: list[Given] = []
    keywords: dict[str, Given] = {}
    is_open = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            items = items_of(value_of(argument.value, frame))
            is_open = is_open or items is None
            positional += [Given(each, machine.place(argument)) for each in items or ()]
        else:
            positional.append(Given(value_of(argument, frame), machine.place(argument)))
    for keyword in node.keywords:
        value, place = value_of(keyword.value, frame), machine.place(keyword)
        if keyword.arg is not None:
            keywords[keyword.arg] = Given(value, place)
        elif isinstance(value, dict):
            keywords |= {str(name): Given(each, place) for name, each in value.items()}
        else:
            is_open = True
    place = machine.place_of_call(node)
    return Call(name="", machine=machine, place=place, positional=tuple(positional), keywords=keywords, is_open=is_open)


def _outside(made: Call) -> Any:
    """A class or function that the program imports, or one of Python's own."""
    owner, _, name = made.name.rpartition(".")
    if owner.endswith(("aws_cdk.Duration", "core.Duration")) or owner.endswith(("aws_cdk.Size", "core.Size")):
        return _quantity(owner, name, amount=made.value("amount", 0))
    if (found := plain_calls.function(made)) is not plain_calls.NOT_PLAIN:
        return found
    if not made.name.startswith(("aws_cdk", "constructs")):
        return _unfollowed(made, made.name)
    return _of_the_cdk(made)


def _of_the_cdk(made: Call) -> Any:
    if is_refused(made):
        return made.made("refused")
    known = api.class_named(made.name)
    check_keywords(made, known.signature if known else _static(made.name))
    maker = _MAKERS.get(made.name)
    if maker is None:
        maker = _maker_of(made)
    scope = made.value("scope", 0)
    recorder = scope.kept.get("recorder") if isinstance(scope, Made) else getattr(scope, "recorder", None)
    with made.machine.in_recorder(recorder or made.machine.recorder):
        return maker(made)


def is_refused(made: Call) -> bool:
    """Whether the CDK has no such name: a fault that is already told."""
    module, _, name = made.name.rpartition(".")
    outer, _, class_name = module.rpartition(".")
    known, of_class = api.names(module), api.class_named(module)
    if of_class is not None:
        return of_class.is_whole and name not in of_class.members
    return (bool(known) and name not in known) or (bool(api.names(outer)) and class_name not in api.names(outer))


def _static(name: str) -> api.Signature | None:
    """The signature of a method of a class."""
    class_name, _, method = name.rpartition(".")
    known = api.class_named(class_name)
    member = known.members.get(method) if known else None
    return member.signature if member else None


def check_keywords(made: Call, signature: api.Signature | None) -> None:
    """Name positional arguments, and tell of keywords that are not taken."""
    called_as = made.owner.type if isinstance(made.owner, Made) else made.name
    name = f"{called_as}.{made.name}" if isinstance(made.owner, Made) else made.name
    for keyword, given in made.keywords.items():
        faults.is_keyword(made.machine, signature, called=name, name=keyword, place=given.place)
    if signature is not None:
        named = dict(zip(signature.positional, made.positional, strict=False))
        made.keywords = {**named, **made.keywords}


def _maker_of(made: Call) -> Maker:
    """How a class is read that has no reading of its own."""
    module, _, name = made.name.rpartition(".")
    is_class = name[:1].isupper()
    is_construct = is_class and isinstance(made.value("id", 1), str) and made.value("scope", 0) is not None
    if is_class and name in ("App", "Stage", "Stack", "NestedStack"):
        return start
    if is_construct and name.startswith("Cfn") and module != "aws_cdk":
        return others.from_cloudformation
    if made.name.startswith(_HARMLESS_CLASSES) or not is_construct:
        return lambda call: call.made("")
    return _other


def _other(made: Call) -> Made:
    """A construct of another service: what it does with constructs of this stack is not followed."""
    scope, held = made.value("scope", 0), _without_integrations(made, made.values)
    made.machine.escape([value for value in held if value is not scope], to=made.name, place=made.place)
    return others.other_resource(made)


def _method(made: Call) -> Any:
    owner, name = made.owner, made.name
    if isinstance(owner, Made):
        with made.machine.in_recorder(_recorder_of(owner, made.machine)):
            return _method_of_made(made, owner)
    if isinstance(owner, OwnObject):
        return _method_of_object(made, owner)
    if isinstance(owner, Super):
        return _method_above(made, owner)
    if isinstance(owner, OwnClass):
        member = owner.find(name)
        return (
            made.machine.invoke(member, list(made.positional), keywords=made.keywords_of(member))
            if isinstance(member, OwnFunction)
            else _unfollowed(made, name)
        )
    if isinstance(owner, Duration | Size):
        return _converted(owner, name)
    if isinstance(owner, NotSet):
        faults.not_set(made.machine, owner, place=made.place)
        return OUTSIDE
    if isinstance(owner, Method):
        # self.node.add_dependency and the like.
        return _unfollowed(made, name) if name not in ("try_get_context", "get_context", "add_dependency") else OUTSIDE
    found = plain_calls.method(made)
    return _unfollowed(made, name) if found is plain_calls.NOT_PLAIN else found


def _recorder_of(owner: Made, machine: Machine) -> Any:
    return machine.recorder if owner.draft is None else owner.draft.recorder


def _method_of_made(made: Call, owner: Made) -> Any:
    name, machine = made.name, made.machine
    if not faults.is_in_class(machine, owner.type, name=name, place=made.place):
        metric = faults.metric_of(name) if owner.kind in INVOKED else ""
        return metrics.of_function(made, metric) if metric else made.made("refused")
    check_keywords(made, faults.signature_of(owner, name))
    if owner.kind == "node":
        return _order(made, owner.kept["of"])
    maker = _METHODS.get((owner.kind, name)) or (_METHODS.get(("", name)) if owner.kind == "" else None)
    if maker is not None and (owner.draft is not None or owner.kind in ("", "metric", "math")):
        return maker(made)
    if name == "apply_removal_policy" and owner.draft is not None:
        owner.draft.deletion_policy = words.policy(made.value("policy", 0))
        return None
    held = _without_integrations(made, made.values)
    if not name.startswith(_HARMLESS) and not owner.type.startswith(_HARMLESS_CLASSES):
        machine.escape([owner if owner.kind else None, *held], to=f".{name}", place=made.place)
    return _returned(made, owner)


def _returned(made: Call, owner: Made) -> Made:
    """What a method gives that has no reading of its own."""
    known = api.class_named(owner.type)
    member = known.members.get(made.name) if known else None
    returned = member.returns if member else ""
    return Made(
        type=returned or f"{owner.type}.{made.name}",
        given=made.keywords,
        positional=made.positional,
        place=made.place,
        path=owner.path,
    )


def _order(made: Call, of: Made) -> Any:
    """``construct.node.add_dependency``."""
    if made.name == "add_dependency" and of.draft is not None:
        of.draft.depends_on.update(each.id for each in constructs_in(made.values))
        return None
    if made.name == "default_child":
        return of
    made.machine.escape(of, to=f"its node's {made.name}", place=made.place)
    return Unknown(made.name)


def _method_of_object(made: Call, owner: OwnObject) -> Any:
    if made.name in owner.attributes:
        return called(owner.attributes[made.name], made)
    member = owner.own.find(made.name)
    if isinstance(member, OwnFunction) and not is_property(member):
        before = [] if is_static(member) else [Given(owner, made.place)]
        keywords = made.keywords_of(member, before=len(before))
        return made.machine.invoke(member, [*before, *made.positional], keywords=keywords)
    if owner.made is not None:
        made.owner = owner.made
        return _method_of_made(made, owner.made)
    return _unfollowed(made, f"self.{made.name}")


def _method_above(made: Call, owner: Super) -> Any:
    """``super().method()``; of a class of the CDK it makes the construct."""
    own = owner.object.own
    member = own.find(made.name, after=owner.after)
    if isinstance(member, OwnFunction):
        keywords = made.keywords_of(member, before=1)
        return made.machine.invoke(member, [Given(owner.object, made.place), *made.positional], keywords=keywords)
    if made.name == "__init__":
        begin(owner.object, made)
        return None
    return _unfollowed(made, made.name)


def begin(owner: OwnObject, made: Call) -> None:
    """The construct that an object is, made by ``super().__init__``."""
    root = owner.own.root
    if root in _MAKERS or (root.startswith("aws_cdk.aws_") and made.value("id", 1) is not None):
        made.name, made.owner = root, None
        found = _of_the_cdk(made)
        owner.made = found if isinstance(found, Made) else None
        owner.path = made.path


def _converted(owner: Duration | Size, name: str) -> Any:
    """``duration.to_minutes()`` and the like."""
    if isinstance(owner, Duration):
        factor = _TIMES.get(name.removeprefix("to_"), 0.001 if name == "to_milliseconds" else 0)
        return whole(owner.seconds / factor) if factor else Unknown(name)
    factor = _SIZES.get(name.removeprefix("to_"), 0)
    return whole(owner.mebibytes / factor) if factor else Unknown(name)


def _quantity(owner: str, unit: str, *, amount: Any) -> Any:
    factor = (_TIMES if owner.endswith("Duration") else _SIZES).get(unit)
    if factor is None or not isinstance(amount, int | float):
        return amount if isinstance(amount, Unknown) else Unknown(f"{owner.rpartition('.')[2]}.{unit}")
    return Duration(amount * factor) if owner.endswith("Duration") else Size(amount * factor)


def _unfollowed(made: Call, what: str) -> Unknown:
    """A call of something that is not followed; it may do anything with constructs that it gets."""
    values: Sequence[Any] = [*made.values, *([made.owner] if not isinstance(made.owner, PurePath) else [])]
    if holds_scope(list(values)):
        made.machine.recorder.note("", f"{what}, which may make anything", place=made.place)
    made.machine.escape(_without_integrations(made, values), to=what, place=made.place)
    is_outside = isinstance(made.owner, Unknown) and made.owner.is_outside
    return Unknown(what, is_outside=is_outside or made.name.startswith(("os.", "json.")))


def _without_integrations(made: Call, values: Sequence[Any]) -> list[Any]:
    """The values but for those by which an API invokes a function, which are written down."""
    for value in values:
        if event_sources.is_integration(value):
            event_sources.integrate(made, value)
    return [value for value in values if not event_sources.is_integration(value)]
