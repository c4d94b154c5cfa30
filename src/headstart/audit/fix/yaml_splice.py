"""Cuts and pastes in a YAML or JSON text: one value replaced, one pair or item added or taken away."""

import re
from collections.abc import Sequence
from typing import Any

from headstart.audit.fix.yaml_nodes import Node
from headstart.audit.fix.yaml_values import Manner, block, flow, is_collection, scalar
from headstart.errors import EditError
from headstart.model.infrastructure import Step

_COLON = re.compile(r"\s*:")
_LINE = re.compile(r"[^\r\n]*")
_WITH_END = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


def replace(text: str, around: Node, *, step: Step, value: Any, manner: Manner) -> str:
    """Put ``value`` in the place of what ``around`` has at ``step``."""
    key, old = _entry(around, step)
    if key is not None and old.start < key.end:
        raise EditError(f"{step} is an alias of something else; edit it by hand")
    if not is_collection(value) and not old.is_null and (old.kind == "scalar" or old.is_flow):
        return text[: old.start] + _inline(value, manner, quote=old.quote) + text[old.end :]
    if key is None:
        return text[: old.start] + block(value, manner, margin=" " * old.column) + text[old.end :]
    colon = _COLON.match(text, key.end)
    start = colon.end() if colon else key.end
    if "#" in text[start : old.start]:
        raise EditError(f"{step} has a comment where its new value would stand; edit it by hand")
    return (
        text[:start]
        + _after_colon(value, manner, margin=margin(text, key.start), is_flow=around.is_flow)
        + text[old.end :]
    )


def insert(text: str, around: Node, *, step: Step, value: Any, manner: Manner) -> str:
    """Add ``value`` at ``step``, which ``around`` does not have, after all that it has."""
    if around.kind == "sequence":
        return _append(text, around, value=value, manner=manner)
    if around.kind != "mapping":
        raise EditError(f"{step} has no place; edit it by hand")
    if not around.pairs():
        return text[: around.start] + _first(text, around, pair={step: value}, manner=manner) + text[around.end :]
    key, last = around.pairs()[-1]
    own_line = is_first_on_line(text, key.start)
    begin = margin(text, key.start)
    pair = _pair(step, value, manner=manner, margin=begin, is_flow=around.is_flow)
    if around.is_flow:
        gap = f",{manner.line_end}{begin}" if own_line else ", "
        return text[: last.end] + gap + pair + text[last.end :]
    end = _end_of_line(text, max(last.end, key.end))
    return f"{text[:end]}{manner.line_end}{begin}{pair}{text[end:]}"


def remove(text: str, root: Node, *, path: Sequence[Step]) -> str:
    """Without what is at ``path``, which is there."""
    around = root
    for step in path[:-1]:
        if around.intrinsic or (child := around.child(step)) is None:
            raise EditError(f"{step}: an intrinsic function stands there; edit it by hand")
        outer, around = around, child
    key, value = _entry(around, path[-1])
    entries = _entries(around)
    start, end = (key or value).start, value.end
    if len(entries) == 1:
        empty = "{}" if around.kind == "mapping" else "[]"
        return _emptied(text, outer, step=path[-2], empty=empty)
    if around.is_flow:
        index = [entry[0] for entry in entries].index(start)
        if index + 1 < len(entries):
            return text[:start] + text[entries[index + 1][0] :]
        return text[: entries[index - 1][1]] + text[end:]
    if around.kind == "mapping" and not is_first_on_line(text, start):
        following = min(entry[0] for entry in entries if entry[0] > start)
        return text[:start] + text[following:]
    begin = text.rfind("\n", 0, start) + 1
    return text[:begin] + text[_end_of_line(text, max(end, key.end if key else end), with_end=True) :]


def margin(text: str, start: int) -> str:
    """The white space before ``start`` in its line; what else stands there counts as spaces."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return re.sub(r"\S", " ", line)


def is_first_on_line(text: str, start: int) -> bool:
    """Whether only white space is before ``start`` in its line."""
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _entry(around: Node, step: Step) -> tuple[Node | None, Node]:
    for key, value in around.pairs():
        if key.value == step:
            return key, value
    value_or_none = around.child(step)
    if value_or_none is None:
        raise EditError(f"{step} is not there")
    return None, value_or_none


def _entries(around: Node) -> list[tuple[int, int]]:
    """Where each pair or item begins and ends."""
    pairs = [(key.start, max(value.end, key.end)) for key, value in around.pairs()]
    return pairs or [(item.start, item.end) for item in around.items()]


def _emptied(text: str, outer: Node, *, step: Step, empty: str) -> str:
    key, old = _entry(outer, step)
    if old.is_flow or key is None:
        return text[: old.start] + empty + text[old.end :]
    colon = _COLON.match(text, key.end)
    start = colon.end() if colon else key.end
    return f"{text[:start]} {empty}{text[old.end :]}"


def _append(text: str, around: Node, *, value: Any, manner: Manner) -> str:
    if not around.items() or around.is_flow:
        start = around.items()[-1].end if around.items() else around.start + 1
        return text[:start] + (", " if around.items() else "") + flow(value, manner) + text[start:]
    last = around.items()[-1]
    dash = text.rfind("-", 0, last.start)
    begin = margin(text, dash)
    item = block(value, manner, margin=f"{begin}  ") if is_collection(value) else flow(value, manner)
    end = _end_of_line(text, last.end)
    return f"{text[:end]}{manner.line_end}{begin}- {item}{text[end:]}"


def _first(text: str, around: Node, *, pair: dict[Step, Any], manner: Manner) -> str:
    """What stands in the place of ``{}``."""
    if manner.is_json and manner.indent:
        return block(pair, manner, margin=_line_margin(text, around.start))
    return flow(pair, manner)


def _line_margin(text: str, start: int) -> str:
    begin = text.rfind("\n", 0, start) + 1
    return text[begin:start][: len(text[begin:start]) - len(text[begin:start].lstrip())]


def _pair(step: Step, value: Any, *, manner: Manner, margin: str, is_flow: bool) -> str:
    key = scalar(str(step), manner)
    return f"{key}:{_after_colon(value, manner, margin=margin, is_flow=is_flow)}"


def _after_colon(value: Any, manner: Manner, *, margin: str, is_flow: bool) -> str:
    if manner.is_json and manner.indent and is_collection(value):
        return f" {block(value, manner, margin=margin)}"
    if is_collection(value) and not is_flow:
        inner = margin + manner.indent
        return f"{manner.line_end}{inner}{block(value, manner, margin=inner)}"
    return f" {flow(value, manner)}"


def _inline(value: Any, manner: Manner, *, quote: str) -> str:
    return flow(value, manner) if isinstance(value, dict | list | tuple) else scalar(value, manner, quote=quote)


def _end_of_line(text: str, start: int, *, with_end: bool = False) -> int:
    found = (_WITH_END if with_end else _LINE).match(text, start)
    return found.end() if found else start
