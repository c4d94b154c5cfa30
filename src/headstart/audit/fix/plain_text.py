"""Adds a line to a plain text, and leaves every other character as it is."""

from headstart.model.finding import AddLine


def edited(text: str, edit: AddLine) -> str:
    """``text`` with the line at its end, in its kind of line end; the same when it has the line."""
    if edit.line in (line.strip() for line in text.splitlines()):
        return text
    line_end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else line_end
    return f"{text}{gap}{edit.line}{line_end}"
