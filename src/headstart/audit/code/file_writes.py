"""Calls that write files, and what is known of their paths."""

import ast
from collections.abc import Iterator

import msgspec

from headstart.audit.code.program import Call, Module, Program

TMP = "/tmp"  # noqa: S108 - Lambda's own
# Where each takes the path that it writes: (name, position).
_PATHS: dict[str, tuple[str, int]] = {
    "os.mkdir": ("path", 0),
    "os.makedirs": ("name", 0),
    "os.rename": ("dst", 1),
    "os.replace": ("dst", 1),
    "shutil.copy": ("dst", 1),
    "shutil.copy2": ("dst", 1),
    "shutil.copyfile": ("dst", 1),
    "shutil.copytree": ("dst", 1),
    "shutil.move": ("dst", 1),
    "logging.FileHandler": ("filename", 0),
    "logging.handlers.RotatingFileHandler": ("filename", 0),
    "sqlite3.connect": ("database", 0),
    "urllib.request.urlretrieve": ("filename", 1),
    "tempfile.mkstemp": ("dir", 2),
    "tempfile.mkdtemp": ("dir", 2),
}
_DOWNLOADS = {"boto3.client().download_file", "boto3.resource().meta.client.download_file"}
_JOINING = {"join", "Path", "PurePath", "joinpath", "str"}
_PATH_METHODS = {"write_text", "write_bytes", "mkdir", "touch"}
_NEVER_REMOVED = ("tempfile.mkstemp", "tempfile.mkdtemp", "tempfile.NamedTemporaryFile")


class Write(msgspec.Struct, frozen=True, eq=False):
    """A call that writes. ``path`` is its known beginning, None when nothing is known; ``is_new``: a file in /tmp that
    has another name each time, and that the call leaves there."""

    call: Call
    path: str | None
    is_new: bool


def writes(program: Program) -> Iterator[Write]:
    """Every call of the program that writes a file."""
    for call in program.calls_of("open", "io.open"):
        if _is_writing_mode(call.argument("mode", 1)):
            yield _write(call, call.argument("file", 0))
    for name, (keyword, position) in _PATHS.items():
        for call in program.calls_of(name):
            yield _write(call, call.argument(keyword, position), is_new=name in _NEVER_REMOVED)
    for call in program.calls_of("tempfile.NamedTemporaryFile"):
        if _constant(call.argument("delete", None)) is False:
            yield _write(call, None, is_new=True)
    for call in program.calls_of(*_DOWNLOADS):
        yield _write(call, call.argument("Filename", 2))
    for call in program.calls_of(*(f"pathlib.Path().{method}" for method in sorted(_PATH_METHODS))):
        if isinstance(call.node.func, ast.Attribute):
            yield _write(call, call.node.func.value)


def _write(call: Call, node: ast.expr | None, *, is_new: bool = False) -> Write:
    texts = _texts(node, call.module) if node is not None else [None]
    path = texts[0]
    return Write(call, path, is_new if path is None else path.startswith(TMP) and None in texts)


def _is_writing_mode(node: ast.expr | None) -> bool:
    mode = _constant(node)
    return isinstance(mode, str) and bool(set(mode) & set("wax+"))


def _texts(node: ast.expr, module: Module) -> list[str | None]:
    """The parts of a path in order, None for what is not known."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else [None]
    if isinstance(node, ast.Name):
        value = module.bindings.value(node)
        return _texts(value, module) if value is not None and not isinstance(value, ast.Name) else [None]
    parts: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _JOINING:
        parts = node.args
    return [text for part in parts for text in _texts(part, module)] or [None]


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
