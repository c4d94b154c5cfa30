"""Opens a template's file, YAML or JSON."""

from pathlib import Path

from headstart.errors import TemplateError
from headstart.infra.template.json_text import parse_json
from headstart.infra.template.node import Document
from headstart.infra.template.yaml_text import parse_yaml

SIZE_BYTES_MAX = 20 * 1024 * 1024
"""Far above CloudFormation's 1 MB, so that what is refused here is no template by any account."""


def read_document(path: Path) -> Document:
    """Read a YAML or JSON file.

    Raises:
        TemplateError: it cannot be opened, is not UTF-8, too large, not YAML or JSON, has a key twice, or is nested
            more than ``DEPTH_MAX`` deep.
    """
    text = read_text(path)
    if text.lstrip()[:1] in ("{", "[") and path.suffix not in (".yaml", ".yml"):
        return Document(str(path), parse_json(text, file=str(path)))
    return Document(str(path), parse_yaml(text, file=str(path)))


def read_text(path: Path) -> str:
    """The file as text without a byte order mark.

    Raises:
        TemplateError: it cannot be opened, is not UTF-8, or too large.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > SIZE_BYTES_MAX:
            raise TemplateError(
                f"{path}: {size_bytes:,} bytes; allowed: {SIZE_BYTES_MAX:,}", hint="is this a template? give its file"
            )
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise TemplateError(f"{path}: {why}", hint="name a file that is there") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TemplateError(
            f"{path}:{line}: byte 0x{error.object[error.start]:02x} is not UTF-8; allowed: text in UTF-8",
            hint=f"convert it: iconv -f latin1 -t utf-8 {path}",
        ) from error
