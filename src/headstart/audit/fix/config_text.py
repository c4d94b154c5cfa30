"""Sets a property of a function in the text of headstart.toml, and leaves every other character as it is."""

import json
import re
import tomllib
from typing import Any

from headstart.errors import EditError
from headstart.model.finding import RemoveProperty, SetProperty
from headstart.model.function_keys import PROPERTIES

_TABLE = re.compile(r"^[ \t]*\[function\][ \t]*(?:#[^\r\n]*)?", re.MULTILINE)
_NEXT_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_LINE_END = re.compile(r"\r?\n")


def edited(text: str, edit: SetProperty | RemoveProperty) -> str:
    """``text`` with the key that says the property set; the same when it is so already.

    Raises:
        EditError: no key says it, or the text cannot be changed without changing more than that.
    """
    key = next((key for key, path in PROPERTIES.items() if path == edit.path and key != "environment"), None)
    if key is None or isinstance(edit, RemoveProperty):
        raise EditError(f"{edit.file}: no key of [function] says {'.'.join(map(str, edit.path))}; edit it by hand")
    value = edit.value[0] if key == "architecture" else edit.value
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EditError(f"{edit.file} is not TOML: {error}") from error
    wanted = {**before, "function": {**before.get("function", {}), key: value}}
    new = text if wanted == before else _set(text, key, value=value)
    if not _says(new, wanted):
        raise EditError(f"{edit.file}: {key} cannot be set without changing more; edit it by hand")
    return new


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _set(text: str, key: str, *, value: str | int) -> str:
    """On the line that has the key, else on one after the table's title, else in a table of its own."""
    said = json.dumps(value)
    ends = _LINE_END.search(text)
    line_end = ends[0] if ends else "\n"
    title = _TABLE.search(text)
    if title is None:
        return f"[function]{line_end}{key} = {said}{line_end}{line_end}{text}"
    following = _NEXT_TABLE.search(text, title.end())
    end = following.start() if following else len(text)
    line = re.compile(rf"^([ \t]*{key}[ \t]*=[ \t]*)(\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s#]+)", re.MULTILINE)
    if found := line.search(text, title.end(), end):
        return text[: found.start(2)] + said + text[found.end(2) :]
    return f"{text[: title.end()]}{line_end}{key} = {said}{text[title.end() :]}"
