"""Reads a package's own Python code into a program: parsed, surveyed, and its calls named."""

import ast
import io
import os
import re
import sys
import tokenize
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import msgspec

from headstart.audit import garbage
from headstart.audit.code.names import Names
from headstart.audit.code.program import Call, Function, Module, Program
from headstart.audit.code.reach import CallGraph
from headstart.audit.code.scopes import Scope
from headstart.audit.code.survey import FoundCall, Survey
from headstart.errors import PackageError
from headstart.model.own_code import is_own_folder, own_modules

_DEPTH_MAX = 20_000
_KEEPING = re.compile(r"cache|memo|lru|lazy|once|singleton", re.IGNORECASE)
_KEEPING_NAMES = {"headstart_kit.resource", "headstart_kit.resources.resource"}


def read(root: Path, *, exclude: Sequence[str] = (), files: Collection[Path] | None = None) -> Program:
    """The own Python code of a package: a folder, a zip, or one .py file.

    What an installer put there, virtual environments, tests and hidden folders are left out, and what a pattern of
    ``exclude`` matches (``legacy/*``, of the path within the root). With ``files`` only these of the folder are read.

    Raises:
        PackageError: the zip cannot be read.
    """
    sources = [*_sources(root, exclude=exclude, files=files)]
    with garbage.put_off(), _deep_recursion():
        surveys, refused = _survey(sources)
        scopes = [scope for survey in surveys for scope in survey.scopes]
        modules = {survey.module.name: survey.module for survey in surveys}
        names = Names(scopes, modules=modules)
        every = [function for module in modules.values() for function in module.functions.values()]
        functions = {function.full_name: function for function in every}
        _remember(every, names)
        for survey in surveys:
            _name_calls(survey, names, functions=functions)
    graph = CallGraph(functions, names)
    return Program(root=root, names=names, reach=graph, modules=modules, not_parsed=tuple(refused))


class _Source(msgspec.Struct, frozen=True):
    module: str
    file: str
    content: bytes | OSError


def _sources(root: Path, *, exclude: Sequence[str], files: Collection[Path] | None) -> Iterator[_Source]:
    if root.is_file() and root.suffix == ".py":
        yield _Source(root.stem, str(root), root.read_bytes())
    elif root.is_file():
        try:
            with zipfile.ZipFile(root) as archive:
                names = [member.filename for member in archive.infolist() if not member.is_dir()]
                yield from _own(root, names, read=archive.read, exclude=exclude)
        except (OSError, zipfile.BadZipFile) as error:
            raise PackageError(f"{root} cannot be read as a zip: {error}", hint="give a folder or a .zip") from error
    else:
        wanted = None if files is None else {file.resolve() for file in files}
        names = [*_walk(root)]
        for source in _own(root, names, read=lambda name: (root / name).read_bytes(), exclude=exclude):
            if wanted is None or Path(source.file).resolve() in wanted:
                yield source


def _own(
    root: Path, names: Collection[str], *, read: Callable[[str], bytes], exclude: Sequence[str]
) -> Iterator[_Source]:
    for name in own_modules(names, read=read):
        if not any(fnmatch(name, pattern) for pattern in exclude):
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            try:
                content: bytes | OSError = read(name)
            except OSError as error:
                content = error
            yield _Source(module, str(root / name), content)


def _is_venv(folder: Path) -> bool:
    try:
        return (folder / "pyvenv.cfg").is_file()
    except PermissionError:  # the walk passes over what may not be read
        return False


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if is_own_folder(name) and not _is_venv(Path(folder, name)))
        within = Path(folder).relative_to(root)
        yield from ((within / name).as_posix() for name in sorted(names))


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Let the walk go as deep as what the parser accepts: an ``elif`` is nested in all those before it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEPTH_MAX))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _survey(sources: Sequence[_Source]) -> tuple[list[Survey], list[tuple[str, str]]]:
    """What is in the sources, and those that are not Python of this version with the reason."""
    surveys, refused = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in sources:
            try:
                surveys.append(Survey(_parse(source)))
            except SyntaxError as error:
                refused.append((source.file, f"line {error.lineno}: {error.msg}" if error.lineno else error.msg))
            except OSError as error:
                refused.append((source.file, error.strerror or str(error)))
            except (ValueError, RecursionError, MemoryError) as error:
                refused.append((source.file, str(error) or "nested too deeply"))
    return surveys, refused


def _parse(source: _Source) -> Module:
    if isinstance(source.content, OSError):
        raise source.content
    tree = ast.parse(source.content, source.file)
    return Module(
        name=source.module,
        file=source.file,
        source=_text(source.content),
        tree=tree,
        scope=Scope(name=source.module, module=source.module),
    )


def _text(content: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding)


def _remember(functions: Collection[Function], names: Names) -> None:
    """Note which functions keep what they return. Those nested in one are part of it."""
    for function in functions:
        scope = function.scope
        marked = any(_keeps(decorator, scope.outer or scope, names=names) for decorator in scope.decorators)
        function.is_memoised = marked or (function.in_function is not None and function.in_function.is_memoised)


def _keeps(decorator: ast.expr, scope: Scope, *, names: Names) -> bool:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = names.value(node, scope) or getattr(node, "attr", "")
    return name in _KEEPING_NAMES or _KEEPING.search(name.rpartition(".")[2]) is not None


def _name_calls(survey: Survey, names: Names, *, functions: dict[str, Function]) -> None:
    for found in survey.calls:
        call = _named(found, survey.module, names=names, functions=functions)
        (survey.module.calls if found.function is None else found.function.calls).append(call)


def _named(found: FoundCall, module: Module, *, names: Names, functions: dict[str, Function]) -> Call:
    name = names.value(found.node.func, found.scope)
    around = found.around
    return Call(
        name=name,
        node=found.node,
        module=module,
        target=functions.get(name) or functions.get(names.maker(name)),
        in_function=found.function,
        is_memoised=found.function is not None and found.function.is_memoised,
        is_lazy_global=around.is_filling,
        in_loop=around.in_loop,
        in_try=around.in_try,
        in_with=around.in_with,
        in_except=around.in_except,
        in_main=around.in_main,
        is_entered=found.is_entered,
    )
