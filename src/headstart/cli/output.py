"""What is said on stdout and stderr; a reader that goes away (``| head``) changes nothing but who listens."""

import os
import sys
from collections.abc import Iterable
from typing import TextIO

PREFIX = "headstart: "


def write(stream: TextIO, data: bytes) -> None:
    """Write ``data`` as it is, at once. When the reader has gone, this and all that follows goes nowhere."""
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say(stream: TextIO, text: str) -> None:
    """Write a line, with ``?`` for what the stream cannot show."""
    write(stream, f"{text}\n".encode(stream.encoding, "replace"))


def note(text: str) -> None:
    """Say something of our own on stderr, told apart from a function's log by its prefix."""
    say(sys.stderr, PREFIX + text)


def notes(sentences: Iterable[str]) -> None:
    """Say several."""
    for sentence in sentences:
        note(sentence)
