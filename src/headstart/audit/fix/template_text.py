"""Sets and removes properties in the text of a template, YAML or JSON, and leaves every other character as it is.

What comes out is read again and compared with what was read before: nothing but the one property may differ.
"""

import copy
import re
from collections.abc import Sequence
from typing import Any

from headstart.audit.fix import yaml_lines, yaml_splice
from headstart.audit.fix.yaml_nodes import NULL, Node, compose, plain
from headstart.audit.fix.yaml_values import Manner, flow
from headstart.errors import EditError
from headstart.model.finding import RemoveProperty, SetProperty
from headstart.model.infrastructure import Step

# What one resource says may be said of another one too. More than there are may be seen, in texts.
_ANCHOR = re.compile(r"[&*](?<![^\s\[{,].)\w")
_LINE_END = re.compile(r"\r\n|\n|\r")
# What means the same in an AWS::Serverless::Function as in the AWS::Lambda::Function that SAM makes of it.
# Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
# (2026-11-25)
_SAME_IN_SAM = frozenset(
    (
        *("Architectures", "Description", "Environment", "EphemeralStorage", "FunctionName", "Handler"),
        *("LoggingConfig", "MemorySize", "ReservedConcurrentExecutions", "Runtime", "RuntimeManagementConfig"),
        *("SnapStart", "Timeout", "VpcConfig"),
    )
)


def edited(text: str, edit: SetProperty | RemoveProperty) -> str:
    """``text`` with the property set or removed; the same when it is so already.

    Raises:
        EditError: the resource is not in the file, an intrinsic function stands where the property would be, or the
            text cannot be changed without changing more than that.
    """
    start, end = _part(text, edit.id)
    part = text[start:end]
    root = compose(part)
    path = _path(root, edit)
    manner = _manner(part, root, path=path)
    wanted = _expected(plain(root), edit, path=path, manner=manner)
    if wanted == plain(root):
        return text
    if isinstance(edit, SetProperty):
        new = _set(part, root, path=path, value=edit.value, manner=manner)
    else:
        new = yaml_splice.remove(part, root, path=path)
    if plain(compose(new)) != wanted:
        raise EditError(f"{edit.file}: {edit.id} cannot be changed without changing more; edit it by hand")
    return text[:start] + new + text[end:]


def _part(text: str, id_: str) -> tuple[int, int]:
    """The lines of the resource, where they can be told and say all of it, which takes less; else the whole text."""
    spans = (yaml_lines.of_resource(text, name) for name in _names(id_) if not _ANCHOR.search(text))
    return next((span for span in spans if span is not None), (0, len(text)))


def _names(id_: str) -> tuple[str, ...]:
    """A resource of a nested stack has its own id in that stack's file."""
    return (id_, id_.rpartition(".")[2])


def _path(root: Node, edit: SetProperty | RemoveProperty) -> tuple[Step, ...]:
    """From the root to the property."""
    section = root.child("Resources")
    resources = section or root
    found = ((name, resources.child(name)) for name in _names(edit.id))
    name, resource = next(((name, each) for name, each in found if each is not None), ("", None))
    if resource is None:
        raise EditError(f"{edit.file}: {edit.id} is not in it, but made of what is; edit that by hand")
    key = edit.section if isinstance(edit, SetProperty) else "Properties"
    kind = resource.child("Type")
    is_of_sam = kind is not None and str(kind.value).startswith("AWS::Serverless::")
    if is_of_sam and key == "Properties" and edit.path[0] not in _SAME_IN_SAM:
        raise EditError(f"{edit.file}: SAM says {edit.path[0]} of {edit.id} its own way; edit it by hand")
    return (*(("Resources",) if section else ()), name, key, *edit.path)


def _manner(text: str, root: Node, *, path: Sequence[Step]) -> Manner:
    """How the document is written, by the resource that ``path`` leads into."""
    around = root.child("Resources") or root
    outer, resource = next((key, value) for key, value in around.pairs() if key.value in path)
    inner = resource.pairs()[0][0] if resource.pairs() else outer
    margins = [yaml_splice.margin(text, key.start) for key in (outer, inner)]
    is_json = resource.is_flow and '"' in (outer.quote, inner.quote)
    has_lines = yaml_splice.is_first_on_line(text, inner.start)
    ends = _LINE_END.search(text)
    return Manner(
        is_json=is_json,
        indent=margins[1].removeprefix(margins[0]) if has_lines else "" if is_json else "  ",
        line_end=ends[0] if ends else "\n",
    )


def _set(text: str, root: Node, *, path: Sequence[Step], value: Any, manner: Manner) -> str:
    """Replace the value at ``path``, or add what is missing of it to the last thing on the way that is there."""
    around = root
    for depth, step in enumerate(path):
        if around.intrinsic:
            raise EditError(f"{_words(path)}: {around.intrinsic} stands there; edit it by hand")
        rest = path[depth + 1 :]
        child = around.child(step)
        if child is None:
            return yaml_splice.insert(text, around, step=step, value=_nested(rest, value), manner=manner)
        if not rest or child.is_null:
            if child.intrinsic:
                raise EditError(f"{_words(path)} comes from {child.intrinsic}; change it there")
            return yaml_splice.replace(text, around, step=step, value=_nested(rest, value), manner=manner)
        around = child
    raise AssertionError("a path has at least one step")


def _nested(path: Sequence[Step], value: Any) -> Any:
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _expected(before: Any, edit: SetProperty | RemoveProperty, *, path: Sequence[Step], manner: Manner) -> Any:
    """What the text should say after the edit."""
    after = copy.deepcopy(before)
    around = after
    *outer, last = path
    for step, following in zip(outer, path[1:], strict=True):
        if not _has(around, step) and isinstance(edit, RemoveProperty):
            return after
        if not _has(around, step) or str(around[step]).startswith(NULL):
            _put(around, step, value=[] if isinstance(following, int) else {}, path=path)
        around = around[step]
    if isinstance(edit, SetProperty):
        _put(around, last, value=plain(compose(flow(edit.value, manner))), path=path)
    elif _has(around, last):
        del around[last]
    return after


def _has(around: Any, step: Step) -> bool:
    if isinstance(around, dict):
        return step in around
    return isinstance(around, list) and isinstance(step, int) and 0 <= step < len(around)


def _put(around: Any, step: Step, *, value: Any, path: Sequence[Step]) -> None:
    if isinstance(around, dict) or _has(around, step):
        around[step] = value
    elif isinstance(around, list) and step == len(around):
        around.append(value)
    else:
        raise EditError(f"{_words(path)}: there is no place for it; edit it by hand")


def _words(path: Sequence[Step]) -> str:
    return ".".join(str(step) for step in path if step != "Resources")
