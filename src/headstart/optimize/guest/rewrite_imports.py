"""Rewrites import statements in the bytecode of a package, by the Python that is to run it; sources stay as they are.

A chosen import becomes ``if not __import__("_headstart_deferral").defer(NUMBER, KEY, text=TEXT): TEXT`` on its line.
The request on standard input, as JSON: ``root``, ``shown_as`` (what tracebacks call the root), ``beside`` (bytecode
where it is found without its source), ``chosen`` (keys; null for all) and ``appended`` (null, or the path of a module
and the name of another, which its last statement is to import). The answer: all imports that may be put off, in order.
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

from deferrable_imports import alone, deferrable, is_star, read, where_pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Unit = dict[str, Any]
    Numbered = dict[tuple[int, int], tuple[int, Unit]]

_RUNTIME = "_headstart_deferral"
_SUFFIXES = ("", *importlib.machinery.all_suffixes())
_STANDARD_LIBRARY = os.path.dirname(os.__file__)
_UNCHECKED_HASH = (1).to_bytes(4, "little")


class _Package:
    """The modules under a folder, which are compiled already."""

    def __init__(self, root: str, *, shown_as: str, beside: bool) -> None:
        self._root, self._shown_as, self._beside = root, shown_as, beside

    def modules(self) -> Iterator[str]:
        """The paths of those that compile."""
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self._root)
                if name.endswith(".py") and path != f"{_RUNTIME}.py" and os.path.exists(self._bytecode(path)):
                    yield path

    def source(self, path: str) -> bytes:
        with open(os.path.join(self._root, path), "rb") as file:
            return file.read()

    def has_module(self, name: str) -> bool:
        """Whether there is a module of this full name, here or in the standard library."""
        path = name.replace(".", "/")
        places = (os.path.join(folder, path) for folder in (self._root, _STANDARD_LIBRARY))
        return any(os.path.exists(place + suffix) for place in places for suffix in _SUFFIXES)

    def write(self, path: str, change: Callable[[ast.Module], None]) -> None:
        """Write a module's bytecode anew, changed."""
        source = self.source(path)
        tree = ast.parse(source)
        change(tree)
        code = compile(tree, f"{self._shown_as}/{path}", "exec", dont_inherit=True)
        place = self._bytecode(path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source))
            file.write(marshal.dumps(code))

    def add_runtime(self) -> None:
        """Put beside the modules what rewritten ones call."""
        here = os.path.dirname(os.path.abspath(__file__))
        shutil.copyfile(os.path.join(here, f"{_RUNTIME}.py"), os.path.join(self._root, f"{_RUNTIME}.py"))
        self.write(f"{_RUNTIME}.py", lambda tree: None)

    def _bytecode(self, path: str) -> str:
        place = os.path.join(self._root, path)
        return f"{place}c" if self._beside else importlib.util.cache_from_source(place)


def main() -> None:
    """Answer the request on standard input."""
    warnings.simplefilter("ignore")  # the compiler's, about code that is not ours
    request = json.load(sys.stdin)
    package = _Package(request["root"], shown_as=request["shown_as"], beside=request["beside"])
    json.dump(
        _rewrite(package, request["chosen"], appended=dict([request["appended"]] if request["appended"] else [])),
        sys.stdout,
    )


def _rewrite(package: _Package, chosen: Sequence[str] | None, *, appended: dict[str, str]) -> list[Unit]:
    modules = _shared_out(
        lambda path: read(path, package.source(path), has_module=package.has_module), sorted(package.modules())
    )
    units = deferrable(modules)
    keys = None if chosen is None else set(chosen)
    numbered: dict[str, Numbered] = {}
    for number, unit in enumerate(units):
        if keys is None or _key(unit) in keys:
            numbered.setdefault(unit["path"], {})[unit["line"], unit["column"]] = number, unit
    pending = where_pending([unit for each in numbered.values() for _, unit in each.values()], modules)
    settling = {facts["path"] for facts in modules if not pending.isdisjoint(facts["stars"])}

    def write(path: str) -> None:
        def change(tree: ast.Module) -> None:
            tree.body = [part for each in tree.body for part in _parts(each, numbered.get(path, {}))]
            if path in settling:
                _settle(tree)
            if path in appended:
                tree.body.append(_placed(ast.Expr(_import(appended[path])), tree.body))

        _apart(lambda: package.write(path, change))

    if numbered:
        package.add_runtime()
    _shared_out(write, sorted({*numbered, *settling, *appended}))
    return units


def _key(unit: Unit) -> str:
    return f"{unit['path']}:{unit['line']}:{unit['column']}"


def _parts(statement: ast.stmt, numbered: Numbered) -> Iterator[ast.stmt]:
    """The statement, with each numbered import that is in it put off by itself."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)):
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
        yield _put_off(alone(statement, alias), number, unit=unit)
    if plain:
        yield alone(statement, *plain)


def _put_off(statement: ast.stmt, number: int, *, unit: Unit) -> ast.stmt:
    said = {"text": unit["text"], **({"is_module": True} if unit["is_module"] else {})}
    call = ast.Call(
        func=_runtime("defer"),
        args=[ast.Constant(number), ast.Constant(_key(unit))],
        keywords=[ast.keyword(arg=name, value=ast.Constant(value)) for name, value in said.items()],
    )
    return _placed(ast.If(test=ast.UnaryOp(ast.Not(), call), body=[statement], orelse=[]), [statement])


def _settle(node: Any) -> None:
    """After each star import, make the pending names that it brought the module's own."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        parts: Any = getattr(node, field, [])
        for part in list(parts) if isinstance(parts, list) else ():
            if is_star(part):
                call = ast.Call(func=_runtime("settle"), args=[], keywords=[])
                parts.insert(parts.index(part) + 1, _placed(ast.Expr(call), [part]))
            else:
                _settle(part)


def _runtime(name: str) -> ast.expr:
    return ast.Attribute(value=_import(_RUNTIME), attr=name, ctx=ast.Load())


def _import(module: str) -> ast.expr:
    return ast.Call(func=ast.Name(id="__import__", ctx=ast.Load()), args=[ast.Constant(module)], keywords=[])


def _placed(made: ast.stmt, after: Sequence[ast.stmt]) -> ast.stmt:
    """Give ``made`` the place of the last of ``after``."""
    place = after[-1] if after else ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
    return ast.fix_missing_locations(ast.copy_location(made, place))


def _apart(work: Callable[[], None]) -> None:
    """Do it in a process of its own: before Python 3.11, bytecode depends on what was compiled before it."""
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
