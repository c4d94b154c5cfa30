"""Puts imports off until what they bind is used; the bytecode of a bundle calls ``defer`` where a statement stands.

A name that is put off stands in its module's dictionary under a key that equals it and is another object. Whoever looks
the name up compares the two, and the comparison imports, puts the value in its place, and is a plain one from then on.
No hook is installed, and no module is imported that Lambda's runtime client has not.

``HEADSTART_DEFERRAL=off`` makes every statement run where it stands. ``_HEADSTART_DEFERRAL`` is for those who decide
what to put off: ``observe`` runs each import where it stands and notes when its name is first used; ``only:1f`` puts
off the imports whose bit is set.
"""

import os
import sys
from _thread import RLock, get_ident

from _headstart_submodules import attend, wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    Namespace = dict[str, Any]

# The numbers of the imports whose names were used, and the thread that was first to.
touched: "dict[int, int]" = {}

_MISSING = object()
_NONE = -1  # the number of an import that stands nowhere: of a submodule that came with all names of its package
_FROM_LIST = "_handle_fromlist"  # the import system's, which asks a package whether it has what is imported from it
_IS_OFF = os.environ.get("HEADSTART_DEFERRAL") == "off"
_IS_LOGGED = os.environ.get("HEADSTART_DEFERRAL_LOG") != "off"
_MODE = os.environ.get("_HEADSTART_DEFERRAL", "")
_OBSERVES = _MODE == "observe"
_ONLY = int(_MODE[5:] or "0", 16) if _MODE.startswith("only:") else -1

# While a thread imports what a key stands for, the name is unbound to it. By thread and key: whether what is already
# there of an unfinished module may be bound.
_importing: "dict[tuple[int, int], bool]" = {}
# The statement that a thread is running, and the names that it reads which are themselves pending elsewhere.
_running: "dict[int, tuple[CodeType, list[_Statement]]]" = {}
_binding = RLock()


class _Pending(str):
    """A name whose use is waited for: the key of a dictionary that imports when it is found."""

    __slots__ = ("namespace", "placeholder", "statements")
    __hash__ = str.__hash__
    namespace: "Namespace"
    placeholder: "_Placeholder | None"  # none where the name has its value, and is only observed
    statements: "tuple[_Statement, ...]"

    def __eq__(self, other: object) -> bool:
        if str.__eq__(self, other) is not True:
            return False
        if type(other) is _Probe:
            other.pending = self
            return True
        return type(self) is not _Pending or _touch(self)

    def __reduce__(self) -> "tuple[type[str], tuple[str]]":
        return str, (str(self),)


class _Bound(str):
    """A name that was pending: its key stays where it was, so that dictionaries can be gone through meanwhile."""

    __slots__ = ("namespace", "placeholder", "statements")

    def __reduce__(self) -> "tuple[type[str], tuple[str]]":
        return str, (str(self),)


class _Probe(str):
    """Looks a name up without using it."""

    __slots__ = ("pending",)
    pending: "_Pending | None"

    def __new__(cls, name: str) -> "_Probe":
        probe = str.__new__(cls, name)
        probe.pending = None
        return probe


class _Statement:
    """An import of one name, where it stands."""

    __slots__ = ("attribute", "binds", "filename", "key", "line", "module", "namespace", "number", "text")

    def __init__(self, number: int, key: str, *, text: str, filename: str, line: int, namespace: "Namespace") -> None:
        words = text.split()
        self.number, self.key, self.text = number, key, text
        self.filename, self.line, self.namespace = filename, line, namespace
        self.module = words[1]
        self.attribute = words[3] if words[0] == "from" else ""
        self.binds = words[-1] if len(words) > 2 else words[1].partition(".")[0]

    def target(self) -> str:
        """The full name of the module."""
        if not self.module.startswith("."):
            return self.module
        name = self.module.lstrip(".")
        package = self.namespace.get("__package__") or self.namespace["__spec__"].parent
        above = package.rsplit(".", len(self.module) - len(name) - 1)[0]
        return f"{above}.{name}" if name else above

    def is_dotted(self) -> bool:
        """Whether it binds a package and what it imports is within."""
        return not self.attribute and self.text == f"import {self.module}"

    def is_of_submodule(self) -> bool:
        """Whether the name that it binds is of a package, and what it imports is found there."""
        return self.is_dotted() and self.module != self.binds

    def run(self) -> "tuple[Any, list[_Statement]]":
        """What it binds, and what that is re-exported from; the statement runs as where it stands."""
        code = compile("\n" * (self.line - 1) + self.text, self.filename, "exec", dont_inherit=True)
        bound: Namespace = {}
        thread, read = get_ident(), []  # type: ignore[var-annotated]
        outer = _running.get(thread)
        _running[thread] = code, read
        try:
            exec(code, self.namespace, bound)  # noqa: S102 the statement of the module, in the module
        except BaseException:
            touched.setdefault(self.number, thread)  # whoever handles it has to see it where it stands
            raise
        finally:
            if outer is None:
                del _running[thread]
            else:
                _running[thread] = outer
        return bound[self.binds], read

    def unfinished(self) -> "Any":
        """What there is to bind before the import has ended."""
        if self.is_dotted():
            return sys.modules.get(self.binds, _MISSING)
        module = sys.modules.get(self.target(), _MISSING)
        return getattr(module, "__dict__", {}).get(self.attribute, _MISSING) if self.attribute else module


def is_put_off(number: int) -> bool:
    """Whether the import is to be; from Python 3.15 on it then stands there as ``lazy import``."""
    return bool(_ONLY >> number & 1) and not (_IS_OFF or _OBSERVES)


def defer(number: int, key: str, *, text: str, line: int) -> bool:
    """Put off the import where the caller is, ``text`` for one name alone; False where the statement is to run."""
    if not (is_put_off(number) or (_OBSERVES and not _IS_OFF)):
        return False
    frame = sys._getframe(1)
    namespace = frame.f_globals
    if frame.f_locals is not namespace:
        return False
    statement = _Statement(number, key, text=text, filename=frame.f_code.co_filename, line=line, namespace=namespace)
    probe = _Probe(statement.binds)
    if statement.is_of_submodule() and _is_package_there(statement, probe):
        return _wait_for_submodule(statement)
    if probe in namespace and probe.pending is None:
        return False  # the name has a value, which until now may be used
    if probe.pending is not None and any(each.number == number for each in probe.pending.statements):
        return True  # this very import is pending already: its module is reloaded
    earlier = _earlier_parts(probe, statement)
    if _OBSERVES:
        value, read = statement.run()
        _plant(namespace, (*read, *earlier, statement), value=value)
    else:
        _plant(namespace, (*earlier, statement))
    return True


def settle(package: str, names: "tuple[str, ...]") -> None:
    """Make the caller's own what it has taken of all the names of a package, pending ones and submodules."""
    frame = sys._getframe(1)
    namespace, filename, line = frame.f_globals, frame.f_code.co_filename, frame.f_lineno
    for key, value in list(namespace.items()):
        if type(key) is _Pending and key.namespace is not namespace:
            _plant(namespace, key.statements, value=_MISSING if type(value) is _Placeholder else value)
        elif type(value) is _Placeholder and type(key) is not _Pending:
            namespace[key] = _value(value)
    if _IS_OFF or _OBSERVES or hasattr(sys.modules[package], "__all__"):
        return
    for name in names:
        if not name.startswith("_") and _Probe(name) not in namespace:
            text = f"import {package}.{name} as {name}"
            _plant(namespace, (_Statement(_NONE, "*", text=text, filename=filename, line=line, namespace=namespace),))


def _is_package_there(statement: _Statement, probe: _Probe) -> bool:
    """Whether the package that it would bind is loaded, and is what the name is bound to if it is."""
    package = sys.modules.get(statement.binds)
    return package is not None and statement.namespace.get(probe, package) is package


def _wait_for_submodule(statement: _Statement) -> bool:
    """Bind the package, and wait for the submodule to be asked for; False where that is loaded already."""
    if _OBSERVES:
        statement.run()
    elif statement.module in sys.modules:
        return False
    if _Probe(statement.binds) not in statement.namespace:
        statement.namespace[statement.binds] = sys.modules[statement.binds]
    if not _OBSERVES:
        _wait(statement)
    return True


def _wait(statement: _Statement) -> None:
    wait_for(statement.module, statement.number, told=lambda is_first: _asked_for(statement, is_first=is_first))


def _earlier_parts(probe: _Probe, statement: _Statement) -> "tuple[_Statement, ...]":
    """Where ``import a.b`` and ``import a.c`` stand, a name ``a`` has both; any other statement binds it anew."""
    if probe.pending is None or not statement.is_dotted():
        return ()
    return tuple(each for each in probe.pending.statements if each.is_dotted())


def _plant(namespace: "Namespace", statements: "tuple[_Statement, ...]", *, value: "Any" = _MISSING) -> None:
    """Make a name pending: the last statement binds it; ``value`` is what it has bound where it is only observed."""
    key = _Pending(statements[-1].binds)
    key.namespace, key.statements = namespace, statements
    key.placeholder = _Placeholder(key) if value is _MISSING else None
    namespace.pop(_Probe(key), None)
    namespace[key] = value if key.placeholder is None else key.placeholder
    if "__dir__" not in namespace:
        namespace["__dir__"] = _names_in(namespace)
        attend()


def _names_in(namespace: "Namespace") -> "Callable[[], list[str]]":
    def names() -> "list[str]":
        return [str(name) for name in namespace if name != "__dir__"]

    return names


def _touch(key: _Pending) -> bool:
    """The name is used: import and bind it. False while this thread is at it: then it is not bound yet."""
    mark = get_ident(), id(key)
    if mark in _importing:
        return _importing[mark] and _bind_unfinished(key, mark)
    if key.placeholder is None:
        if not _is_read_to_be_re_exported(key):
            _note(*key.statements)
            key.__class__ = _Bound  # type: ignore[assignment]
        return True
    waiting = [each for each in key.statements[1:] if each.is_of_submodule()]  # of the package that the first binds
    needed = [each for each in key.statements if each not in waiting]
    is_news, loaded = _note(*needed), len(sys.modules)
    _importing[mark] = True
    try:
        for statement in needed:
            value, _ = statement.run()
        for statement in waiting:
            _wait(statement)
        _importing[mark] = False
        _bind(key, value)
    finally:
        del _importing[mark]
    if is_news and _IS_LOGGED and len(sys.modules) > loaded:
        _log(needed[-1])
    attend()
    return True


def _is_read_to_be_re_exported(key: _Pending) -> bool:
    """Whether it is a ``from a import X`` that reads the name; what the name is now, X is there."""
    code, read = _running.get(get_ident(), (None, []))
    frame = sys._getframe(3)
    if frame.f_code.co_name == _FROM_LIST and frame.f_back is not None:
        frame = frame.f_back
    if frame.f_code is not code:
        return False
    read.extend(key.statements)
    return True


def _bind(key: _Pending, value: "Any") -> None:
    """Put the value in the place of what stands for it, if no other thread has."""
    with _binding:
        namespace: Namespace = key.namespace
        placeholder: Any = key.placeholder
        if placeholder is None:
            return
        if namespace.get(str(key), _MISSING) is not _MISSING:
            namespace.pop(key, None)  # the import system has bound it: it is a submodule of this package
        elif namespace.get(key) is placeholder:
            namespace[key] = value
        object.__setattr__(placeholder, "value", value)
        key.placeholder = None
        key.__class__ = _Bound  # type: ignore[assignment]
        alone = _Placeholder(key)
        if sys.getrefcount(placeholder) > sys.getrefcount(alone):
            _replace_copies(placeholder, value)


def _replace_copies(placeholder: "_Placeholder", value: "Any") -> None:
    """Put the value where the dictionary, or what is in it, was copied to."""
    import gc  # is built in

    for holder in gc.get_referrers(placeholder):
        if isinstance(holder, dict):
            for name in [name for name, held in dict.items(holder) if held is placeholder]:
                dict.__setitem__(holder, name, value)
        elif type(holder) is list:
            holder[:] = [value if held is placeholder else held for held in holder]


def _bind_unfinished(key: _Pending, mark: "tuple[int, int]") -> bool:
    """In a circle of imports, bind what the unfinished module has already, as its statement would have."""
    _importing[mark] = False
    try:
        value = key.statements[-1].unfinished()
        if value is _MISSING:
            return False
        _bind(key, value)
        return True
    finally:
        _importing[mark] = True


def _note(*statements: _Statement) -> bool:
    """Whether it is news that one of these imports is needed."""
    known = len(touched)
    for statement in statements:
        if statement.number != _NONE:
            touched.setdefault(statement.number, get_ident())
    return len(touched) > known


def _asked_for(statement: _Statement, *, is_first: bool) -> None:
    touched.setdefault(statement.number, get_ident())
    if is_first and _IS_LOGGED:
        _log(statement)


def _log(statement: _Statement) -> None:
    line = f"headstart: a deferred import was needed: {statement.key} {statement.text}\n"
    try:
        os.write(2, line.encode(errors="replace"))
    except OSError:  # nobody reads it
        pass


class _Placeholder:
    """What is seen of a pending name by going through a dictionary; it passes on all that is done to it."""

    __slots__ = ("key", "value")

    def __init__(self, key: _Pending) -> None:
        object.__setattr__(self, "key", key)

    def __getattribute__(self, name: str) -> "Any":
        value = _value(self)
        return (value,) if name == "__bases__" else getattr(value, name)  # for issubclass

    def __setattr__(self, name: str, value: object) -> None:
        setattr(_value(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_value(self), name)

    def __mro_entries__(self, classes: "tuple[Any, ...]") -> "tuple[Any, ...]":
        return (_value(self),)


def _value(placeholder: _Placeholder) -> "Any":
    key = object.__getattribute__(placeholder, "key")
    if type(key) is _Pending and not _touch(key):
        raise ImportError(f"{key} is used while it is being imported: {key.statements[-1].text}")
    return object.__getattribute__(placeholder, "value")


def _passing_on(name: str) -> "Callable[..., Any]":
    def special(self: _Placeholder, *args: "Any", **kwargs: "Any") -> "Any":
        value = _value(self)
        found = getattr(type(value), name, None)
        if found is None:
            raise TypeError(f"{type(value).__name__!r} object has no {name}")
        return found(value, *args, **kwargs)

    return special


_UNARY = """
    call repr str bytes format hash bool dir iter next reversed len contains getitem setitem delitem enter exit
    eq ne lt le gt ge instancecheck subclasscheck int float index complex neg pos abs invert await aiter anext
"""
_BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or"


for _name in (*_UNARY.split(), *_BINARY.split(), *(f"r{name}" for name in _BINARY.split())):
    setattr(_Placeholder, f"__{_name}__", _passing_on(f"__{_name}__"))
