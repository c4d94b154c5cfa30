"""Resolves expressions to dotted names, through imports, assignments, attributes and what functions return.

A name is a plain text. ``boto3.client`` is what an import gave, ``boto3.client()`` what a call of it returned, ``x[]``
an item of x; ``app.Orders`` is a class of the program, ``app.Orders()`` an object of it, whose methods are
``app.Orders.create``. A literal is an object of its type: ``dict()``. Where several values are possible, or none is
known, the name is empty; None among them is passed over.
"""

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator

from headstart.audit.code.scopes import Binding, Kind, Scope

_BUILTINS = frozenset(dir(builtins))
_LONGEST = 300
_LITERALS: dict[type[ast.expr], str] = {
    ast.Dict: "dict()",
    ast.DictComp: "dict()",
    ast.List: "list()",
    ast.ListComp: "list()",
    ast.Set: "set()",
    ast.SetComp: "set()",
    ast.Tuple: "tuple()",
    ast.JoinedStr: "str()",
}
_PROPERTIES = {"property", "cached_property", "classproperty", "hybrid_property"}
_NONE = "None"


class Names:
    """All scopes of a program by dotted name, and what expressions in them stand for."""

    def __init__(self, scopes: Iterable[Scope], *, modules: Iterable[str]) -> None:
        self.scopes = {scope.name: scope for scope in scopes}
        self._lambdas: dict[ast.expr, str] = {
            scope.node: scope.name for scope in self.scopes.values() if scope.node is not None
        }
        self.modules = frozenset(modules)
        self._of_node: dict[ast.expr, str] = {}
        self._results: dict[str, str] = {}
        self._readers: dict[type[ast.expr], Callable[[ast.expr, Scope], str]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Subscript: self._subscript,
            ast.Constant: self._constant,
            ast.Lambda: self._lambda,
            ast.Await: self._inner,
            ast.NamedExpr: self._inner,
            ast.Starred: self._inner,
            ast.BoolOp: self._either,
            ast.BinOp: self._left,
            ast.IfExp: self._if_expression,
        }

    def value(self, node: ast.expr, scope: Scope) -> str:
        """What an expression in ``scope`` stands for."""
        kind = type(node)
        reader = self._readers.get(kind)
        return reader(node, scope) if reader is not None else _LITERALS.get(kind, "")

    def attribute(self, owner: str, name: str) -> str:
        """What ``owner.name`` stands for."""
        if not owner:
            return ""
        scope = self.scopes.get(owner.removesuffix("()"))
        if scope is None:
            return f"{owner}.{name}" if len(owner) < _LONGEST else ""
        if owner in self.modules:
            return self._of_module(scope, name)
        if scope.is_class:
            return self._of_class(scope, name)
        return f"{owner}.{name}"

    def called(self, name: str) -> str:
        """What a call of ``name`` returns."""
        if not name:
            return ""
        scope = self.scopes.get(name)
        if scope is not None and not scope.is_class:
            return self._result(scope)
        made = self.scopes.get(name.removesuffix("()"))
        if made is not None and made.is_class and made is not scope:
            return self.called(self._of_class(made, "__call__"))
        return f"{name}()"

    def maker(self, name: str) -> str:
        """The function of the program that a call of the class or object ``name`` runs; empty where there is none."""
        scope = self.scopes.get(name.removesuffix("()")) if name else None
        if scope is None or not scope.is_class:
            return ""
        binding = self.member(scope, "__call__" if name.endswith("()") else "__init__")
        return binding.name if binding is not None else ""

    def member(self, owner: Scope, name: str) -> Binding | None:
        """How an attribute of a class of the program, or of its parents in the program, is bound."""
        for scope in self.lineage(owner):
            found = scope.names.get(name) or scope.kept.get(name)
            if found:
                return found[-1]
        return None

    def lineage(self, owner: Scope) -> Iterator[Scope]:
        """The class and its parents in the program."""
        waiting, seen = [owner], set()
        while waiting:
            scope = waiting.pop(0)
            if scope.name not in seen:
                seen.add(scope.name)
                yield scope
                named = (self.scopes.get(self.value(parent, scope.outer or scope)) for parent in scope.parents)
                waiting += [parent for parent in named if parent is not None and parent.is_class]

    def imported(self, dotted: str, module: str) -> str:
        """What an import of ``dotted`` in ``module`` gives: the program's own modules stand beside it or above."""
        first, *rest = dotted.split(".")
        own = self._own_module(first, module)
        if own is None:
            return dotted
        for part in rest:
            own = self.attribute(own, part)
        return own

    def _own_module(self, name: str, module: str) -> str | None:
        if name in self.modules:
            return name
        folder = module.rpartition(".")[0]
        while folder:
            beside = f"{folder}.{name}"
            if beside in self.modules:
                return beside
            folder = folder.rpartition(".")[0]
        return None

    def _name(self, node: ast.expr, scope: Scope) -> str:
        name: str = node.id  # type: ignore[attr-defined]
        holder: Scope | None = scope
        while holder is not None:
            if name in holder.names:
                return self._bound(holder, name)
            last, holder = holder, holder.around
        if last.stars:
            return self._from_star(last, name)
        return name if name in _BUILTINS else ""

    def _from_star(self, scope: Scope, name: str) -> str:
        key = f"* {name}"
        if key not in scope.values:
            scope.values[key] = ""
            sources = (self.imported(star, scope.module) for star in scope.stars)
            found = (self.attribute(source, name) for source in sources if source in self.modules)
            scope.values[key] = next(filter(None, found), name if name in _BUILTINS else "")
        return scope.values[key]

    def _bound(self, scope: Scope, name: str) -> str:
        known = scope.values.get(name)
        if known is None:
            scope.values[name] = ""  # what refers to itself is not known
            known = scope.values[name] = self._one(self._read(binding) for binding in scope.names[name])
        return known

    def _read(self, binding: Binding) -> str:
        kind, node, scope = binding.kind, binding.node, binding.scope
        if kind is Kind.IMPORT:
            return self.imported(binding.name, scope.module)
        if kind in (Kind.FUNCTION, Kind.CLASS, Kind.OWN_OBJECT):
            return binding.name
        if node is None:
            return ""
        if kind is Kind.OF_TYPE:
            return self._of_type(node, scope)
        value = self.value(node, scope)
        if kind is Kind.ITEM:
            return f"{value}[]" if value else ""
        if kind is Kind.ENTERED:
            return self._entered(value)
        return value

    def _entered(self, value: str) -> str:
        """What ``with`` binds: an object of the program says so itself, others are taken to return themselves."""
        scope = self.scopes.get(value.removesuffix("()")) if value.endswith("()") else None
        if scope is None or not scope.is_class:
            return value
        binding = self.member(scope, "__enter__") or self.member(scope, "__aenter__")
        return self.called(self._read(binding)) if binding else value

    def _of_type(self, node: ast.expr, scope: Scope) -> str:
        """An object of the annotated type: ``X | None`` and ``Optional[X]`` are X."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                return ""
        if isinstance(node, ast.BinOp):
            sides = [side for side in (node.left, node.right) if not _is_none(side)]
            return self._of_type(sides[0], scope) if len(sides) == 1 else ""
        if isinstance(node, ast.Subscript):
            outer = self.value(node.value, scope)
            if outer in ("typing.Optional", "typing.Annotated", "typing.Final", "typing.ClassVar"):
                inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
                return self._of_type(inner, scope)
            return f"{outer}()" if outer in _BUILTINS else ""
        if not isinstance(node, ast.Name | ast.Attribute):
            return ""
        name = self.value(node, scope)
        return f"{name}()" if name and not name.startswith("typing.") and not name.endswith("()") else ""

    def _attribute(self, node: ast.expr, scope: Scope) -> str:
        return self.attribute(self.value(node.value, scope), node.attr)  # type: ignore[attr-defined]

    def _call(self, node: ast.expr, scope: Scope) -> str:
        known = self._of_node.get(node)
        if known is None:
            self._of_node[node] = ""
            known = self._of_node[node] = self._called(node, scope)  # type: ignore[arg-type]
        return known

    def _called(self, node: ast.Call, scope: Scope) -> str:
        name = self.value(node.func, scope)
        if name == "super":
            return self._parent(scope)
        if name in ("functools.partial", "staticmethod", "classmethod") and node.args:
            return self.value(node.args[0], scope)
        return self.called(name)

    def _parent(self, scope: Scope) -> str:
        owner = scope.class_around
        if owner is None or not owner.parents:
            return ""
        name = self.value(owner.parents[0], owner.outer or owner)
        return f"{name}()" if name else ""

    def _subscript(self, node: ast.expr, scope: Scope) -> str:
        value = self.value(node.value, scope)  # type: ignore[attr-defined]
        return f"{value}[]" if value and len(value) < _LONGEST else ""

    def _constant(self, node: ast.expr, scope: Scope) -> str:
        value = node.value  # type: ignore[attr-defined]
        return _NONE if value is None else f"{type(value).__name__}()"

    def _lambda(self, node: ast.expr, scope: Scope) -> str:
        return self._lambdas.get(node, "")

    def _inner(self, node: ast.expr, scope: Scope) -> str:
        return self.value(node.value, scope)  # type: ignore[attr-defined]

    def _either(self, node: ast.expr, scope: Scope) -> str:
        values = [self.value(each, scope) for each in node.values]  # type: ignore[attr-defined]
        if isinstance(node.op, ast.Or):  # type: ignore[attr-defined]
            values = [value for value in values if value]  # ``given or Default()``: both are of a kind
        return self._one(values)

    def _left(self, node: ast.expr, scope: Scope) -> str:
        """``Path() / name`` is a Path, ``"" % name`` a str."""
        value = self.value(node.left, scope)  # type: ignore[attr-defined]
        return value if value.endswith("()") else ""

    def _if_expression(self, node: ast.expr, scope: Scope) -> str:
        return self._one((self.value(node.body, scope), self.value(node.orelse, scope)))  # type: ignore[attr-defined]

    def _one(self, values: Iterable[str]) -> str:
        different = set(values)
        if len(different) > 1:
            different.discard(_NONE)
        return different.pop() if len(different) == 1 else ""

    def _of_module(self, scope: Scope, name: str) -> str:
        found = self._bound(scope, name) if name in scope.names else ""
        inner = f"{scope.name}.{name}"
        if not found and inner in self.modules:
            return inner  # it may be bound to itself: ``from . import name``
        if name in scope.names:
            return found
        return self._from_star(scope, name) if scope.stars else ""

    def _of_class(self, owner: Scope, name: str) -> str:
        for scope in self.lineage(owner):
            found = scope.names.get(name) or scope.kept.get(name)
            if found:
                return self._kept(scope, name, bindings=found)
        return self._of_foreign_parent(owner, name)

    def _kept(self, scope: Scope, name: str, *, bindings: list[Binding]) -> str:
        key = f"self.{name}"
        known = scope.values.get(key)
        if known is None:
            scope.values[key] = ""
            kept = scope.kept.get(name, []) if bindings is not scope.kept.get(name) else []
            known = self._one(self._member(binding) for binding in [*bindings, *kept])
            scope.values[key] = known
        return known

    def _member(self, binding: Binding) -> str:
        value = self._read(binding)
        method = self.scopes.get(value) if binding.kind is Kind.FUNCTION else None
        return self._result(method) if method is not None and self.is_property(method) else value

    def is_property(self, method: Scope) -> bool:
        """Whether reading the attribute calls the method."""
        return any(self.value(each, method.outer or method).split(".")[-1] in _PROPERTIES for each in method.decorators)

    def _of_foreign_parent(self, owner: Scope, name: str) -> str:
        for scope in self.lineage(owner):
            for parent in scope.parents:
                value = self.value(parent, scope.outer or scope)
                if value != "object" and value not in self.scopes:
                    return f"{value}().{name}" if value else ""
        return f"{owner.name}.{name}"

    def _result(self, scope: Scope) -> str:
        known = self._results.get(scope.name)
        if known is None:
            self._results[scope.name] = itself = f"{scope.name}()"
            known = self._results[scope.name] = self._returned(scope) or itself
        return known

    def _returned(self, scope: Scope) -> str:
        if scope.yields:
            decorators = {self.value(each, scope.outer or scope).split(".")[-1] for each in scope.decorators}
            is_context = decorators & {"contextmanager", "asynccontextmanager"}
            return self._one(self.value(each, scope) for each in scope.yields) if is_context else ""
        found = self._one(self.value(each, scope) for each in scope.returns) if scope.returns else ""
        if found in ("", _NONE) and scope.annotation is not None:
            return self._of_type(scope.annotation, scope.outer or scope) or found
        return found


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
