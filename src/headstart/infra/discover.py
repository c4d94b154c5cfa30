"""Finds a function's handler, requirements and events by reading the code, never by running it."""

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headstart.errors import HandlerError
from headstart.infra import code_files
from headstart.infra.code_files import CodeFiles
from headstart.model.handler_form import HANDLER_NAMES, takes_event_and_context
from headstart.model.own_code import own_modules

_PREFERRED = ("lambda_function.py", "app.py", "main.py", "handler.py")
# A module with one of these may have names that reading it cannot show.
_DYNAMIC = re.compile(rb"\bglobals\(|\bsetattr\(|\bexec\(|\bvars\(|\bsys\.modules\b|\bdef __getattr__|import \*")
_EXTENSION = re.compile(r"\.(py|pyc|[\w-]*\.so|so)$")


class Found(msgspec.Struct, frozen=True):
    """A handler, and the sentence that says how it was found."""

    handler: str
    said: str


class _Candidate(msgspec.Struct, frozen=True):
    file: str
    name: str
    is_async: bool

    @property
    def handler(self) -> str:
        return f"{self.file.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}.{self.name}"

    @property
    def rank(self) -> tuple[int, int]:
        """Lower is likelier; files that are not customary for a handler are all alike."""
        known = _PREFERRED.index(self.file) if self.file in _PREFERRED else len(_PREFERRED)
        return known, 0 if known == len(_PREFERRED) else HANDLER_NAMES.index(self.name)


def find_handler(code: Path) -> Found:
    """The one handler in a folder or zip: a top-level ``lambda_handler`` or ``handler`` taking an event and a context.

    Raises:
        HandlerError: there is none, or several with equal right.
    """
    candidates = _one_per_file(_candidates(code_files.read(code)))
    callable_now = [candidate for candidate in candidates if not candidate.is_async]
    if not callable_now:
        raise _nothing(code, candidates)
    best = min(callable_now, key=lambda candidate: candidate.rank)
    equal = [candidate.handler for candidate in callable_now if candidate.rank == best.rank]
    if len(equal) > 1:
        raise HandlerError(
            f"{code} has {len(equal)} handlers: {', '.join(equal)}", hint=f"say which: --handler {equal[0]}"
        )
    others = [candidate.handler for candidate in callable_now if candidate != best]
    how = f"chosen by its name over {', '.join(others)}" if others else "the only one found"
    return Found(best.handler, f"handler: {best.handler}, {how}")


def verify(code: Path, handler: str, *, elsewhere: bool = False) -> None:
    """Refuse a handler that cannot be there. ``elsewhere``: layers or requirements may bring its module.

    Names that only running the module can show are not refused.

    Raises:
        HandlerError: not of the form module.function, no such module, or no such function in it.
    """
    module, _, function = handler.rpartition(".")
    if not module or not function:
        raise HandlerError(
            f"handler is {handler!r}; needed: module.function, e.g. app.lambda_handler", hint=_suggestion(code)
        )
    opened = code_files.read(code)
    stem = module.replace(".", "/")
    files = [name for name in opened.names if _EXTENSION.sub("", name) in (stem, f"{stem}/__init__")]
    if not files and not elsewhere:
        raise HandlerError(f"handler {handler!r}: {code} has no module {stem}.py", hint=_suggestion(code))
    sources = [name for name in files if name.endswith(".py")]
    if len(files) == len(sources) == 1:
        _require_function(function, opened.read(sources[0]), file=sources[0], code=code)


def requirements(code: Path) -> Path | None:
    """``requirements.txt`` beside the code, unless it is empty or its packages are there already."""
    path = code / "requirements.txt"
    if not path.is_file() or any(code.glob("*.dist-info")):
        return None
    lines = (line.split("#")[0].strip() for line in path.read_text(errors="replace").splitlines())
    return path if any(lines) else None


def events(folder: Path) -> tuple[Path, ...]:
    """The files ``events/*.json`` under ``folder``, sorted."""
    return tuple(sorted((folder / "events").glob("*.json")))


def has_bootstrap(code: Path) -> bool:
    """Whether the package brings its own runtime."""
    return "bootstrap" in code_files.read(code).names


def _candidates(code: CodeFiles) -> Iterator[_Candidate]:
    for name in own_modules(code.names, read=code.read):
        source = code.read(name)
        tree = _parse(source) if b"handler" in source else None
        if tree is not None:
            for function, is_async in _handlers(tree):
                yield _Candidate(name, function, is_async)


def _one_per_file(candidates: Iterator[_Candidate]) -> list[_Candidate]:
    """Of two handlers in a file, the one that Lambda's own template names."""
    chosen: dict[str, _Candidate] = {}
    for candidate in candidates:
        other = chosen.get(candidate.file)
        if other is None or HANDLER_NAMES.index(candidate.name) < HANDLER_NAMES.index(other.name):
            chosen[candidate.file] = candidate
    return list(chosen.values())


def _parse(source: bytes) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Module-level statements, those under if, try, with and loops included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _handlers(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """(name, whether async) of what could be a handler."""
    for statement in _statements(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if statement.name in HANDLER_NAMES and takes_event_and_context(statement.args):
                yield statement.name, isinstance(statement, ast.AsyncFunctionDef)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and _may_be_callable(statement.value):
            yield from ((name, False) for name in _bound(statement) if name in HANDLER_NAMES)


def _may_be_callable(value: ast.expr | None) -> bool:
    """Whether the value may be a function: not a constant, and not one of logging's handlers."""
    if isinstance(value, ast.Lambda):
        return takes_event_and_context(value.args)
    if isinstance(value, ast.Call):
        return not ast.unparse(value.func).endswith("Handler")
    return isinstance(value, ast.Name | ast.Attribute)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a module-level statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in statement.names)
    else:
        stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
        yield from (node.id for node in stored if isinstance(node.ctx, ast.Store))


def _require_function(function: str, source: bytes, *, file: str, code: Path) -> None:
    tree = _parse(source)
    if tree is None or _DYNAMIC.search(source):
        return
    names = {name for statement in _statements(tree.body) for name in _bound(statement)}
    if function in names:
        return
    functions = [item.name for item in _statements(tree.body) if isinstance(item, ast.FunctionDef)]
    close = difflib.get_close_matches(function, sorted(names), n=1)
    module = file.removesuffix(".py")
    raise HandlerError(
        f"{file} in {code} has no {function!r}; its functions: {', '.join(functions) or 'none'}",
        hint=f"--handler {module}.{close[0]}" if close else _suggestion(code),
    )


def _suggestion(code: Path) -> str:
    found = [c.handler for c in _one_per_file(_candidates(code_files.read(code))) if not c.is_async]
    return f"--handler {found[0]}" if found else "--handler app.lambda_handler"


def _nothing(code: Path, candidates: Sequence[_Candidate]) -> HandlerError:
    if candidates:
        return HandlerError(
            f"{candidates[0].handler} is async, which Lambda's Python runtime does not await",
            hint="make it a plain function: def lambda_handler(event, context): return asyncio.run(…)",
        )
    opened = code_files.read(code)
    broken = [name for name in own_modules(opened.names, read=opened.read) if _parse(opened.read(name)) is None]
    why = f"; {', '.join(broken)} cannot be parsed" if broken else ""
    return HandlerError(
        f"{code} has no function lambda_handler(event, context) or handler(event, context){why}",
        hint="--handler module.function",
    )
