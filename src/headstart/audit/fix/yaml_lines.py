"""Finds the lines of one resource in a YAML template by their indents, which takes a hundredth of reading it all."""

import re

_SECTION = re.compile(r"^Resources[ \t]*:[ \t]*(?:#[^\r\n]*)?\r?$", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^[^\s#]", re.MULTILINE)
_FIRST_KEY = re.compile(r"^( +)[^\s#]", re.MULTILINE)


def of_resource(text: str, id_: str) -> tuple[int, int] | None:
    """Where the lines of ``Resources.<id_>`` begin and end; None where they cannot be told, as in JSON."""
    section = _SECTION.search(text)
    if section is None:
        return None
    following = _NEXT_SECTION.search(text, section.end())
    end = following.start() if following else len(text)
    first = _FIRST_KEY.search(text, section.end(), end)
    if first is None:
        return None
    keys = re.compile(rf"^{first[1]}(?![ \t#\r\n])", re.MULTILINE)
    key = re.compile(rf"^{first[1]}{re.escape(id_)}[ \t]*:[ \t]*(?:#[^\r\n]*)?\r?$", re.MULTILINE)
    found = key.search(text, section.end(), end)
    if found is None:
        return None
    beyond = keys.search(text, found.end(), end)
    return found.start(), beyond.start() if beyond else end
