"""Walks a module once: its scopes, functions and calls, with what stands around each call."""

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from headstart.audit.code import guards
from headstart.audit.code.parameters import bind_parameters
from headstart.audit.code.program import Function, Module
from headstart.audit.code.scopes import Binding, Kind, Scope

# Fields that hold no expressions or statements.
_PLAIN = {"ctx", "op", "ops", "id", "attr", "arg", "name", "asname", "kind", "type_comment", "level", "simple"}
_PLAIN |= {"is_async", "conversion", "module", "type_params", "rest", "kwd_attrs"}
_FIELDS: dict[type, tuple[str, ...]] = {ast.Name: (), ast.Constant: (), ast.Pass: (), ast.MatchSingleton: ()}


_SETTERS = {"setter", "deleter", "getter"}
_ENTERING = {"closing", "aclosing", "enter_context", "enter_async_context", "push"}


class Around(msgspec.Struct, frozen=True):
    """What is around a statement within its function; ``is_filling``: it runs to fill what is kept and is not there."""

    in_loop: bool = False
    in_try: bool = False
    in_with: bool = False
    in_main: bool = False
    in_except: bool = False
    is_filling: bool = False


_NOTHING = Around()


class FoundCall(msgspec.Struct, frozen=True, eq=False):
    """A call and where it stands, its name not yet resolved. ``is_entered``: a ``with`` closes what it returns."""

    node: ast.Call
    scope: Scope
    function: Function | None
    around: Around
    is_entered: bool


class Survey:
    """What one walk of a module found: its scopes, and its calls in the order of evaluation."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.calls: list[FoundCall] = []
        self.scopes = [module.scope]
        self._scope = module.scope
        self._function: Function | None = None
        self._around = _NOTHING
        self._entered: set[ast.expr] = set()
        self._readers: dict[type, Callable[..., None]] = {
            ast.FunctionDef: self._def,
            ast.AsyncFunctionDef: self._def,
            ast.ClassDef: self._class,
            ast.Lambda: self._lambda,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.If: self._if,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Return: self._return,
            ast.Global: self._global,
            ast.Nonlocal: self._nonlocal,
            ast.Call: self._call,
            ast.NamedExpr: self._named,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.MatchAs: self._capture,
            ast.MatchStar: self._capture,
            ast.MatchMapping: self._mapping,
        }
        self._statements(module.tree.body)

    def _read(self, node: ast.AST) -> None:
        kind = type(node)
        reader = self._readers.get(kind)
        if reader is not None:
            reader(node)
        else:
            self._inside(node, kind)

    def _inside(self, node: ast.AST, kind: type) -> None:
        fields = _FIELDS.get(kind)
        if fields is None:
            fields = _FIELDS[kind] = tuple(name for name in node._fields if name not in _PLAIN)
        for field in fields:
            value = getattr(node, field, None)
            if type(value) is list:
                for each in value:
                    if each is not None:
                        self._read(each)
            elif value is not None:
                self._read(value)

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self._read(node)

    def _statements(self, body: Sequence[ast.AST], **around: bool) -> None:
        """Read statements with something around them; after one that returns where a thing is there, they fill it."""
        outer = self._around
        if around:
            self._around = msgspec.structs.replace(outer, **around)
        for number, statement in enumerate(body):
            self._read(statement)
            if self._function is not None and not self._around.is_filling:
                asked = guards.returns_early(statement)
                if asked is not None and guards.fills(asked, body[number + 1 :], scope=self._scope):
                    self._around = msgspec.structs.replace(self._around, is_filling=True)
        self._around = outer

    def _bind(self, name: str, kind: Kind, *, node: ast.expr | None = None, to: str = "") -> None:
        scope = self._scope.elsewhere.get(name, self._scope)
        scope.bind(name, Binding(kind, node, to, self._scope))

    def _bind_target(self, target: ast.expr, kind: Kind, *, node: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, kind, node=node)
        elif isinstance(target, ast.Attribute):
            self._keep(target, Binding(kind, node, "", self._scope))
            self._read(target.value)
        elif isinstance(target, ast.Tuple | ast.List):
            values = node.elts if kind is Kind.VALUE and isinstance(node, ast.Tuple | ast.List) else []
            is_aligned = len(values) == len(target.elts)
            for number, each in enumerate(target.elts):
                inner = each.value if isinstance(each, ast.Starred) else each
                value = values[number] if is_aligned else None
                self._bind_target(inner, Kind.VALUE if is_aligned else Kind.UNKNOWN, node=value)
        else:
            self._read(target)

    def _keep(self, target: ast.Attribute, binding: Binding) -> None:
        """Note what is assigned to an attribute of ``self``."""
        owner = self._scope.class_around
        if owner is None or not isinstance(target.value, ast.Name):
            return
        bound = self._scope.names.get(target.value.id, ())
        if bound and bound[0].name in (owner.name, f"{owner.name}()"):
            owner.kept.setdefault(target.attr, []).append(binding)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            head = alias.name.partition(".")[0]
            self._bind_import(alias.asname or head, alias.name if alias.asname else head)

    def _import_from(self, node: ast.ImportFrom) -> None:
        source = self._source_of(node)
        for alias in node.names:
            if alias.name == "*":
                self.module.scope.stars.append(source)
            else:
                self._bind_import(alias.asname or alias.name, f"{source}.{alias.name}" if source else alias.name)

    def _source_of(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.module.name.split(".")
        is_package = self.module.file.endswith("__init__.py")
        folder = parts[: len(parts) - node.level + is_package]
        return ".".join([*folder, node.module] if node.module else folder)

    def _bind_import(self, name: str, dotted: str) -> None:
        self.module.imports[name] = dotted
        self._bind(name, Kind.IMPORT, to=dotted)

    def _def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._all(node.decorator_list)
        self._all(node.args.defaults)
        self._all(node.args.kw_defaults)
        marks = {each.attr for each in node.decorator_list if isinstance(each, ast.Attribute)} & _SETTERS
        name = f"{node.name}.{marks.pop()}" if marks else node.name
        scope = self._inner_scope(name, decorators=node.decorator_list, annotation=node.returns)
        if not marks:
            self._bind(node.name, Kind.FUNCTION, to=scope.name)
        bind_parameters(scope, node, outer=self._scope)
        self._function_body(node, scope, body=node.body)

    def _lambda(self, node: ast.Lambda) -> None:
        self._all(node.args.defaults)
        self._all(node.args.kw_defaults)
        scope = self._inner_scope(f"<lambda {node.lineno}:{node.col_offset + 1}>", node=node, returns=[node.body])
        bind_parameters(scope, node, outer=self._scope)
        self._function_body(node, scope, body=[node.body])

    def _inner_scope(self, name: str, **fields: Any) -> Scope:
        outer = self._scope
        scope = Scope(name=f"{outer.name}.{name}", module=self.module.name, outer=outer, **fields)
        self.scopes.append(scope)
        return scope

    def _function_body(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, *, body: Sequence[ast.AST]
    ) -> None:
        outer = self._scope, self._function, self._around
        within = self._scope.name if self._scope.is_class else ""
        function = Function(
            name=self.module.local_name(scope.name),
            module=self.module,
            node=node,
            scope=scope,
            in_class=self.module.local_name(within),
            in_function=self._function,
        )
        self._add(function)
        self._scope, self._function = scope, function
        self._around = Around(is_filling=self._around.is_filling)
        self._statements(body)
        self._scope, self._function, self._around = outer

    def _add(self, function: Function) -> None:
        """The last definition of a name is the one that counts; those before it get their line into the name."""
        functions = self.module.functions
        before = functions.get(function.name)
        if before is not None:
            before.name = f"{before.name}:{before.node.lineno}"
            before.scope.name = before.full_name
            functions[before.name] = before
        functions[function.name] = function

    def _class(self, node: ast.ClassDef) -> None:
        self._all(node.decorator_list)
        self._all(node.bases)
        self._all(node.keywords)
        outer = self._scope
        scope = self._inner_scope(node.name, is_class=True, parents=node.bases, decorators=node.decorator_list)
        self._bind(node.name, Kind.CLASS, to=scope.name)
        self._scope = scope
        self._statements(node.body)
        self._scope = outer

    def _assign(self, node: ast.Assign) -> None:
        self._filling(node.value, fills=guards.fills_itself(node.targets, node.value, scope=self._scope))
        for target in node.targets:
            self._bind_target(target, Kind.VALUE, node=node.value)

    def _filling(self, value: ast.expr, *, fills: bool) -> None:
        if fills and self._function is not None:
            self._statements([value], is_filling=True)
        else:
            self._read(value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._bind_target(node.target, Kind.OF_TYPE, node=node.annotation)
        else:
            self._filling(node.value, fills=guards.fills_itself([node.target], node.value, scope=self._scope))
            self._bind_target(node.target, Kind.VALUE, node=node.value)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self._read(node.iter)
        self._bind_target(node.target, Kind.ITEM, node=node.iter)
        self._statements(node.body, in_loop=True)
        self._statements(node.orelse)

    def _while(self, node: ast.While) -> None:
        self._statements([node.test], in_loop=True)
        fills = self._function is not None and guards.fills(node.test, node.body, scope=self._scope)
        self._statements(node.body, in_loop=True, is_filling=fills or self._around.is_filling)
        self._statements(node.orelse)

    def _if(self, node: ast.If) -> None:
        self._read(node.test)
        for body in (node.body, node.orelse):
            if self._function is None:
                self._statements(body, in_main=self._around.in_main or (body is node.body and _is_main(node.test)))
            else:
                # An elif is asked its own test only: else a long chain would be gone through once for each.
                asks = body is node.body or not (len(body) == 1 and isinstance(body[0], ast.If))
                fills = self._around.is_filling or (asks and guards.fills(node.test, body, scope=self._scope))
                self._statements(body, is_filling=fills)

    def _try(self, node: ast.Try) -> None:
        self._statements(node.body, in_try=True)
        for handler in node.handlers:
            if handler.type is not None:
                self._read(handler.type)
                if handler.name:
                    self._bind(handler.name, Kind.OF_TYPE, node=handler.type)
            fills = self._function is not None and guards.catches_missing(handler)
            fills = fills and guards.fills(node.body, handler.body, scope=self._scope)
            self._statements(handler.body, in_except=True, is_filling=fills or self._around.is_filling)
        self._statements(node.orelse)
        self._statements(node.finalbody)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self._entered.add(item.context_expr)
            self._read(item.context_expr)
            if item.optional_vars is not None:
                self._bind_target(item.optional_vars, Kind.ENTERED, node=item.context_expr)
        self._statements(node.body, in_with=True)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self._scope.returns.append(node.value)
            self._read(node.value)

    def _global(self, node: ast.Global) -> None:
        self._scope.elsewhere |= dict.fromkeys(node.names, self.module.scope)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            outer = self._scope.around
            while outer is not None and outer.around is not None and name not in outer.names:
                outer = outer.around
            if outer is not None:
                self._scope.elsewhere[name] = outer

    def _call(self, node: ast.Call) -> None:
        function = node.func
        is_entered = node in self._entered
        if getattr(function, "attr", getattr(function, "id", "")) in _ENTERING:
            self._entered.update(node.args)
        self._read(function)
        self._all(node.args)
        for keyword in node.keywords:
            self._read(keyword.value)
        self.calls.append(FoundCall(node, self._scope, self._function, self._around, is_entered))

    def _named(self, node: ast.NamedExpr) -> None:
        self._read(node.value)
        self._bind(node.target.id, Kind.VALUE, node=node.value)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self._scope.yields.append(node.value or ast.Constant(None))
        if node.value is not None:
            self._read(node.value)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        inner: list[ast.expr] = []
        for number, part in enumerate(node.generators):
            if number:
                inner.append(part.iter)
            else:
                self._read(part.iter)
            self._bind_target(part.target, Kind.ITEM, node=part.iter)
            inner += part.ifs
        inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._statements(inner, in_loop=True)

    def _capture(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, Kind.UNKNOWN)
        if isinstance(node, ast.MatchAs) and node.pattern is not None:
            self._read(node.pattern)

    def _mapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest, Kind.UNKNOWN)
        self._inside(node, ast.MatchMapping)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
