"""Objects of the program's own classes: constructs that are stacks, parts of one, or plain."""

import ast
from typing import Any, Final

from headstart.infra.program.recorder import Recorder
from headstart.infra.program.resources.call import Call
from headstart.infra.program.values import Given, Made, OwnClass, OwnFunction, OwnObject

_STACKS: Final = ("Stack", "NestedStack")
_SCOPES: Final = (*_STACKS, "Stage", "App", "Construct")


def is_stack(own: OwnClass) -> bool:
    """Whether its objects are stacks, by what it inherits from."""
    return own.root.rpartition(".")[2].endswith(_STACKS)


def is_scope(own: OwnClass) -> bool:
    """Whether constructs are made in its objects."""
    root = own.root
    return root.rpartition(".")[2].endswith(_SCOPES) or root.startswith("aws_cdk.aws_")


def create(own: OwnClass, made: Call) -> Any:
    """A new object, its ``__init__`` run; of a stack that was already followed nothing is made again."""
    if is_stack(own):
        if own.name in made.machine.started:
            return Made(type=own.name, kind="stack", place=made.place)
        made.machine.started[own.name] = None
        recorder = Recorder(own.name)
        made.machine.recorders.append(recorder)
        with made.machine.in_recorder(recorder):
            return _created(own, made, path=())
    if is_scope(own):
        made.machine.started[own.name] = None
        scope = made.value("scope", 0)
        recorder = getattr(scope, "recorder", None) or made.machine.recorder
        with made.machine.in_recorder(recorder):
            return _created(own, made, path=made.path)
    return _created(own, made, path=None)


def _created(own: OwnClass, made: Call, *, path: tuple[str, ...] | None) -> OwnObject:
    created = OwnObject(own=own, path=path, recorder=made.machine.recorder if path is not None else None)
    init = own.find("__init__")
    if isinstance(init, OwnFunction):
        made.machine.invoke(
            init, [Given(created, made.place), *made.positional], keywords=made.keywords_of(init, before=1)
        )
    elif path is not None and own.root.startswith("aws_cdk.aws_"):
        made.machine.recorder.note("", f"{own.name}, which is not followed", place=made.place)
    else:
        # A dataclass, a struct, a named tuple.
        named = zip(_annotated(own), made.positional, strict=False)
        created.attributes |= {name: given.value for name, given in (*named, *made.keywords.items())}
    _require_known_root(own, made)
    return created


def _require_known_root(own: OwnClass, made: Call) -> None:
    """What a class of another module makes by itself is not seen."""
    root = own.root
    if root and is_scope(own) and not root.startswith(("aws_cdk", "constructs")) and "." in root:
        made.machine.recorder.note("", f"{root}, from which {own.name} inherits, is not followed", place=made.place)


def _annotated(own: OwnClass) -> list[str]:
    return [
        each.target.id
        for each in own.node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]


def start(call: Call) -> Made:
    """An app, a stage or a stack that is no class of the program's own."""
    made = call.made("stack")
    name = call.name.rpartition(".")[2]
    if name in _STACKS:
        recorder = Recorder(str(call.value("id", 1) or name))
        call.machine.recorders.append(recorder)
        made.kept["recorder"] = recorder
        made.path = ()
    return made
