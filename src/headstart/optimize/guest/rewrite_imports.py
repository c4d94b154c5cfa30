"""Rewrites import statements in the bytecode of a package, by the Python that is to run it; sources stay as they are.

A chosen import becomes ``if not __import__("_headstart_deferral").defer(NUMBER, KEY, text=TEXT, line=LINE): TEXT``;
for Python 3.15 ``if __import__("_headstart_deferral").is_put_off(NUMBER): lazy TEXT``, ``else: TEXT``.
The request on standard input, as JSON: ``places`` (folders that share the package, and what tracebacks call each; ours
go into the first), ``beside`` (bytecode where it is found without its source), ``chosen`` (keys; null for all),
``reachable`` (full names of modules that are to be attributes of their packages), ``appended`` (null, or the path of a
module and the name of another, which its last statement is to import), ``uncollected`` (null, or the path of a module
during which garbage collection is put off) and ``archived`` (paths of modules that will stand in the archive beside the
rest, where their packages find them).
The answer: all imports that may be put off, in order.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import json
import marshal
import os
import shutil
import sys
import warnings

from deferrable_imports import (
    absolute,
    alone,
    deferrable,
    is_package,
    is_star,
    package_of,
    passed_on_by_stars,
    read,
    submodules,
    target,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from typing import Any

    Facts = dict[str, Any]
    Unit = dict[str, Any]

_RUNTIME = "_headstart_deferral"
_SUBMODULES = "_headstart_submodules"
_GARBAGE = "_headstart_garbage"
_ARCHIVE = "_headstart_archive"
_OWN = {f"{name}.py" for name in (_RUNTIME, _SUBMODULES, _GARBAGE, _ARCHIVE)}
_SUFFIXES = ("", *importlib.machinery.all_suffixes())
_IS_LAZY_KNOWN = sys.version_info >= (3, 15)
_STANDARD_LIBRARY = os.path.dirname(os.__file__)
_NOTHING = ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
_UNCHECKED_HASH = (1).to_bytes(4, "little")


class _Package:
    """The modules in folders that share a package, which are compiled already."""

    def __init__(self, places: dict[str, str], *, beside: bool) -> None:
        self._roots, self._beside = list(places), beside
        self._shown_as = places
        self._found = dict(reversed([*self._modules()]))  # what stands in two is taken from the first

    def modules(self) -> list[str]:
        """The paths of those that compile, in order."""
        return sorted(self._found)

    def source(self, path: str) -> bytes:
        with open(os.path.join(self._found[path], path), "rb") as file:
            return file.read()

    def has_module(self, name: str) -> bool:
        """Whether there is a module of this full name, here or in the standard library."""
        path = name.replace(".", "/")
        places = (os.path.join(folder, path) for folder in (*self._roots, _STANDARD_LIBRARY))
        return any(os.path.exists(place + suffix) for place in places for suffix in _SUFFIXES)

    def write(self, path: str, change: Callable[[ast.Module], None]) -> None:
        """Write a module's bytecode anew, changed."""
        source = self.source(path)
        tree = ast.parse(source)
        change(tree)
        root = self._found[path]
        code = compile(tree, f"{self._shown_as[root]}/{path}", "exec", dont_inherit=True)
        place = self._bytecode(root, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source))
            file.write(marshal.dumps(code))

    def add(self, name: str, extend: Callable[[ast.Module], None] = lambda tree: None) -> None:
        """Put beside the modules one that rewritten ones call."""
        here = os.path.dirname(os.path.abspath(__file__))
        self._found[f"{name}.py"] = self._roots[0]
        shutil.copyfile(os.path.join(here, f"{name}.py"), os.path.join(self._roots[0], f"{name}.py"))
        self.write(f"{name}.py", extend)

    def _modules(self) -> Iterator[tuple[str, str]]:
        for root in self._roots:
            for folder, _, names in os.walk(root):
                for name in names:
                    path = os.path.relpath(os.path.join(folder, name), root)
                    if name.endswith(".py") and path not in _OWN and os.path.exists(self._bytecode(root, path)):
                        yield path, root

    def _bytecode(self, root: str, path: str) -> str:
        place = os.path.join(root, path)
        return f"{place}c" if self._beside else importlib.util.cache_from_source(place)


def main() -> None:
    """Answer the request on standard input."""
    warnings.simplefilter("ignore")  # the compiler's, about code that is not ours
    request = json.load(sys.stdin)
    package = _Package(request.pop("places"), beside=request.pop("beside"))
    json.dump(_rewrite(package, **request), sys.stdout)


def _rewrite(
    package: _Package,
    *,
    chosen: Sequence[str] | None,
    reachable: Sequence[str],
    appended: tuple[str, str] | None,
    uncollected: str | None,
    archived: Sequence[str],
) -> list[Unit]:
    modules = _shared_out(
        lambda path: read(path, package.source(path), has_module=package.has_module), package.modules()
    )
    units = deferrable(modules)
    keys = {_key(unit) for unit in units} if chosen is None else set(chosen)
    wanted = {number: unit for number, unit in enumerate(units) if _key(unit) in keys}
    plan = _Plan(modules, wanted, reachable=reachable, appended=appended, uncollected=uncollected, archived=archived)
    if wanted:
        package.add(_RUNTIME)
        package.add(_SUBMODULES, plan.extend_submodules)
    if uncollected:
        package.add(_GARBAGE)
    if archived:
        package.add(_ARCHIVE)
    _shared_out(lambda path: _apart(lambda: package.write(path, plan.change(path))), plan.paths())
    return units


class _Plan:
    """What changes in which module when the imports ``wanted``, by their numbers, are put off."""

    def __init__(
        self,
        modules: Sequence[Facts],
        wanted: dict[int, Unit],
        *,
        reachable: Sequence[str],
        appended: tuple[str, str] | None,
        uncollected: str | None,
        archived: Sequence[str],
    ) -> None:
        self._names = {facts["path"]: facts["module"] for facts in modules}
        self._numbered: dict[str, dict[tuple[int, int], tuple[int, Unit]]] = {}
        for number, unit in wanted.items():
            self._numbered.setdefault(unit["path"], {})[unit["line"], unit["column"]] = number, unit
        self._submodules = submodules([*reachable, *map(target, wanted.values())] if wanted else [])
        pending = {self._names[path] for path in self._numbered} | self._submodules.keys()
        self._pending = passed_on_by_stars(pending, modules)
        self._settling = {facts["path"] for facts in modules if not self._pending.isdisjoint(facts["stars"])}
        self._adopting = {path for path in self._names if is_package(path) and self._names[path] in self._submodules}
        self._appended = {appended[0]: appended[1]} if appended else {}
        self._uncollected = {uncollected} if uncollected else set()
        self._archived = set(archived)
        self._extended = {_package_file(path) for path in archived} - self._archived

    def paths(self) -> list[str]:
        """The modules that change."""
        here = {*self._numbered, *self._settling, *self._adopting}
        return sorted(here | self._appended.keys() | self._uncollected | self._archived | self._extended)

    def change(self, path: str) -> Callable[[ast.Module], None]:
        """What changes a module's tree."""

        def change(tree: ast.Module) -> None:
            tree.body = [part for each in tree.body for part in _parts(each, self._numbered.get(path, {}))]
            if path in self._settling:
                _after_stars(tree, lambda star: self._settled(star, path))
            if path in self._adopting:
                _append(tree, _call(_SUBMODULES, "adopt", self._names[path], self._submodules[self._names[path]]))
            if path in self._appended:
                _append(tree, _import(self._appended[path]))
            if path in self._uncollected:
                _prepend(tree, _call(_GARBAGE, "put_off"))
                _append(tree, _call(_GARBAGE, "take_up"))
            if path in self._archived:
                _prepend(tree, _call(_ARCHIVE, "note", self._names[path]))
            if path in self._extended:
                _prepend(tree, _extension(os.path.dirname(path)))

        return change

    def extend_submodules(self, tree: ast.Module) -> None:
        """What tells the submodules of packages that are not here."""
        here = {self._names[path] for path in self._adopting}
        elsewhere = {name: names for name, names in self._submodules.items() if name not in here}
        _append(tree, ast.Call(ast.Name("keep_reachable", ast.Load()), [_constant(elsewhere)], []))

    def _settled(self, star: ast.ImportFrom, path: str) -> ast.expr | None:
        name = absolute(star, package_of(path))
        return _call_runtime("settle", name, self._submodules.get(name, ())) if name in self._pending else None


def _package_file(path: str) -> str:
    """The file of the package that a module is in."""
    folder = os.path.dirname(os.path.dirname(path) if is_package(path) else path)
    return f"{folder}/__init__.py"


def _extension(folder: str) -> ast.expr:
    """What lets a package look for its modules in the archive too, after its folder."""
    place = f"{_ARCHIVE}.zip/{folder}"
    return ast.parse(f"__path__.append(__path__[0][:-{len(folder)}] + {place!r})", mode="eval").body


def _key(unit: Unit) -> str:
    return f"{unit['path']}:{unit['line']}:{unit['column']}"


def _parts(statement: ast.stmt, numbered: dict[tuple[int, int], tuple[int, Unit]]) -> Iterator[ast.stmt]:
    """The statement, with each numbered import that is in it put off by itself."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or not _is_numbered(statement, numbered):
        yield statement
        return
    plain: list[ast.alias] = []
    for alias in statement.names:
        if (alias.lineno, alias.col_offset) not in numbered:
            plain.append(alias)
            continue
        if plain:
            yield alone(statement, *plain)
            plain = []
        number, unit = numbered[alias.lineno, alias.col_offset]
        yield _placed(_put_off(number, unit, statement=alone(statement, alias)), statement)
    if plain:
        yield alone(statement, *plain)


def _is_numbered(statement: ast.Import | ast.ImportFrom, numbered: Container[tuple[int, int]]) -> bool:
    return any((alias.lineno, alias.col_offset) in numbered for alias in statement.names)


def _put_off(number: int, unit: Unit, *, statement: ast.stmt) -> ast.If:
    """One import, which runs where it stands unless it is to be put off: from Python 3.15 on by Python itself."""
    if not _IS_LAZY_KNOWN:
        put_off = _call_runtime("defer", number, _key(unit), text=unit["text"], line=statement.lineno)
        return ast.If(test=ast.UnaryOp(ast.Not(), put_off), body=[statement], orelse=[])
    lazy = ast.copy_location(ast.parse(f"lazy {unit['text']}").body[0], statement)
    return ast.If(test=_call_runtime("is_put_off", number), body=[lazy], orelse=[statement])


def _after_stars(node: Any, follow: Callable[[ast.ImportFrom], ast.expr | None]) -> None:
    """Have each import of all names followed by the expression that there is for it."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        parts: Any = getattr(node, field, [])
        for part in list(parts) if isinstance(parts, list) else ():
            following = follow(part) if is_star(part) else None
            if following:
                parts.insert(parts.index(part) + 1, _placed(ast.Expr(following), part))
            _after_stars(part, follow)


def _prepend(tree: ast.Module, expression: ast.expr) -> None:
    """Before all that runs: the docstring and what is from __future__ come first by Python's own rules."""
    first = next((at for at, part in enumerate(tree.body) if not _is_declaration(part)), len(tree.body))
    place = tree.body[first - 1] if first else _NOTHING
    tree.body.insert(first, _placed(ast.Expr(expression), place))


def _is_declaration(part: ast.stmt) -> bool:
    if isinstance(part, ast.ImportFrom):
        return part.module == "__future__"
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)


def _append(tree: ast.Module, expression: ast.expr) -> None:
    tree.body.append(_placed(ast.Expr(expression), tree.body[-1] if tree.body else _NOTHING))


def _call_runtime(name: str, *given: Any, **named: Any) -> ast.expr:
    return _call(_RUNTIME, name, *given, **named)


def _call(module: str, name: str, *given: Any, **named: Any) -> ast.expr:
    function = ast.Attribute(value=_import(module), attr=name, ctx=ast.Load())
    keywords = [ast.keyword(arg=name, value=_constant(value)) for name, value in named.items()]
    return ast.Call(func=function, args=[_constant(value) for value in given], keywords=keywords)


def _import(module: str) -> ast.expr:
    return ast.Call(func=ast.Name("__import__", ast.Load()), args=[ast.Constant(module)], keywords=[])


def _constant(value: Any) -> ast.expr:
    if isinstance(value, dict):
        return ast.Dict(
            keys=[ast.Constant(key) for key in value], values=[ast.Constant(each) for each in value.values()]
        )
    return ast.Constant(value)


def _placed(made: ast.stmt, place: ast.stmt) -> ast.stmt:
    """Give ``made`` the first line of ``place``: a call that spans lines would be told as made on its last."""
    made.lineno = made.end_lineno = place.lineno
    made.col_offset = place.col_offset
    made.end_col_offset = place.col_offset + 1
    return ast.fix_missing_locations(made)


def _apart(work: Callable[[], None]) -> None:
    """Before Python 3.11, bytecode depends on what the same process compiled before it: do it in one of its own."""
    if sys.version_info >= (3, 11):  # noqa: UP036 it is the function's Python that runs this
        work()
        return
    child = os.fork()
    if not child:
        work()
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise ChildProcessError


def _shared_out(work: Callable[[str], Any], paths: Sequence[str]) -> list[Any]:
    """What ``work`` makes of each path, in as many processes as there are processors."""
    count = min(os.cpu_count() or 1, len(paths))
    pipes, children = [], []
    for first in range(count):
        receiving, sending = os.pipe()
        child = os.fork()
        if not child:
            with os.fdopen(sending, "w") as pipe:
                json.dump([work(path) for path in paths[first::count]], pipe)
            os._exit(0)
        os.close(sending)
        pipes.append(os.fdopen(receiving))
        children.append(child)
    made = [each for pipe in pipes for each in json.load(pipe)]
    if any(os.waitpid(child, 0)[1] for child in children):
        raise ChildProcessError
    return made


if __name__ == "__main__":
    main()
