"""A template as YAML that a person would have written: short forms, comments, and long texts as blocks."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

# No line is broken: a text that is folded is hard to change.
_WIDTH: Final = 4_096
_KEY: Final = re.compile(r"(?P<indent> *)(?P<name>\w+):")


def render(template: Mapping[str, Any], *, header: str, comments: Mapping[tuple[str, ...], str]) -> str:
    """The YAML of ``template``; ``comments`` stand above what is at their path, ``header`` above all."""
    from ruamel.yaml import YAML  # noqa: PLC0415  (that takes longer to load than the rest of the command)

    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_node(template), text)
    lines = [*(f"# {line}" for line in header.splitlines()), *_explained(text.getvalue().splitlines(), comments)]
    return "\n".join(lines) + "\n"


def _node(value: Any) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415

    if isinstance(value, list):
        return CommentedSeq(map(_node, value))
    if not isinstance(value, Mapping):
        return value
    if (short := _short(value)) is not None:
        return short
    return CommentedMap((key, _node(inner)) for key, inner in value.items())


def _short(value: Mapping[str, Any]) -> Any:
    """The short form of an intrinsic function; None for what is none."""
    from ruamel.yaml.comments import TaggedScalar  # noqa: PLC0415

    if len(value) != 1:
        return None
    ((name, argument),) = value.items()
    texts = {"Ref": argument, "Fn::Sub": argument, "Fn::GetAtt": ".".join(argument) if name == "Fn::GetAtt" else ""}
    if name not in texts:
        return None
    tag = f"!{name.removeprefix('Fn::')}"
    return TaggedScalar(value=texts[name], style="|" if "\n" in texts[name] else None, tag=tag)


def _explained(lines: Iterable[str], comments: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """``lines`` with their comments, and with an empty one above each section and each resource."""
    path: list[str] = []
    for line in lines:
        if key := _KEY.match(line):
            depth = len(key["indent"]) // 2
            is_first = depth > len(path) - 1
            path[depth:] = [key["name"]]
            if depth == 0 or (depth == 1 and not is_first):
                yield ""
            if (said := comments.get(tuple(path))) is not None:
                yield f"{key['indent']}# {said}"
        yield line
