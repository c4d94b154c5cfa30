"""The edits by which a boto3 resource gives way to a client, where each use has a client's call that does the same.

Source: the resources and customizations of boto3 1.44.8, boto3/data and boto3/{s3,dynamodb} (2026-11-25).
"""

import ast
import itertools
from collections.abc import Iterator
from typing import Final

import msgspec

from headstart.audit.code.hoisting import Hoist, Hoisting, as_written
from headstart.audit.code.program import Call, Module, Program
from headstart.audit.code.syntax import constant
from headstart.model.finding import HoistCode, ReplaceCode

_Edit = ReplaceCode | HoistCode


class _ClientCall(msgspec.Struct, frozen=True):
    """``positional`` are the names of what the resource's method takes by position; ``gives_same``: the same result."""

    name: str
    positional: tuple[str, ...] = ()
    gives_same: bool = True


# By service and class: what names one, and its methods. Positional names are those that the client's call has too.
_IDENTITY: Final = {
    ("s3", "Bucket"): ("Bucket",),
    ("s3", "Object"): ("Bucket", "Key"),
    ("sns", "Topic"): ("TopicArn",),
    ("sqs", "Queue"): ("QueueUrl",),
    ("dynamodb", "Table"): ("TableName",),
}
_CALLS: Final = {
    ("s3", "Bucket"): {
        "upload_file": _ClientCall("upload_file", ("Filename", "Key", "ExtraArgs", "Callback", "Config")),
        "upload_fileobj": _ClientCall("upload_fileobj", ("Fileobj", "Key", "ExtraArgs", "Callback", "Config")),
        "download_file": _ClientCall("download_file", ("Key", "Filename", "ExtraArgs", "Callback", "Config")),
        "download_fileobj": _ClientCall("download_fileobj", ("Key", "Fileobj", "ExtraArgs", "Callback", "Config")),
        "put_object": _ClientCall("put_object", gives_same=False),
        "delete_objects": _ClientCall("delete_objects"),
    },
    ("s3", "Object"): {
        "get": _ClientCall("get_object"),
        "put": _ClientCall("put_object"),
        "delete": _ClientCall("delete_object"),
        "copy_from": _ClientCall("copy_object"),
        "upload_file": _ClientCall("upload_file", ("Filename", "ExtraArgs", "Callback", "Config")),
        "upload_fileobj": _ClientCall("upload_fileobj", ("Fileobj", "ExtraArgs", "Callback", "Config")),
        "download_file": _ClientCall("download_file", ("Filename", "ExtraArgs", "Callback", "Config")),
        "download_fileobj": _ClientCall("download_fileobj", ("Fileobj", "ExtraArgs", "Callback", "Config")),
    },
    ("sns", "Topic"): {"publish": _ClientCall("publish")},
    ("sqs", "Queue"): {
        "send_message": _ClientCall("send_message"),
        "send_messages": _ClientCall("send_message_batch"),
        "delete_messages": _ClientCall("delete_message_batch"),
        "purge": _ClientCall("purge_queue"),
    },
    # What they give has types of Python's own: the client's has DynamoDB's.
    ("dynamodb", "Table"): {
        "put_item": _ClientCall("put_item", gives_same=False),
        "delete_item": _ClientCall("delete_item", gives_same=False),
        "update_item": _ClientCall("update_item", gives_same=False),
    },
}
_TYPED: Final = frozenset({"Item", "Key", "ExpressionAttributeValues"})
_AS_THEY_ARE: Final = frozenset({"TableName", "UpdateExpression", "ExpressionAttributeNames", "ReturnValues"})
_SERIALIZER: Final = {"TypeSerializer": "from boto3.dynamodb.types import TypeSerializer"}
_SERIALIZE: Final = ast.parse("TypeSerializer().serialize", mode="eval").body
_CONDITIONS: Final = "boto3.dynamodb.conditions"


def edits(call: Call, program: Program) -> tuple[_Edit, ...]:
    """Those for the resource that ``call`` makes at module level; none if a use of it has no such call."""
    module, service = call.module, constant(call.argument("service_name", 0))
    if call.name != "boto3.resource" or not isinstance(service, str) or not isinstance(call.node.func, ast.Attribute):
        return ()
    if module.mentions(_CONDITIONS) or _is_imported_elsewhere(module, program):
        return ()
    return _Resource(call, service, names=Hoisting(program, may_call=lambda _: True)).edits()


def _is_imported_elsewhere(module: Module, program: Program) -> bool:
    others = (other for other in program.modules.values() if other is not module)
    return any(f"{dotted}.".startswith(f"{module.name}.") for other in others for dotted in other.imports.values())


class _Object(msgspec.Struct, frozen=True, eq=False):
    """``bucket`` of ``bucket = s3.Bucket(name)``: its class, the call that makes it, and the names of its arguments."""

    kind: tuple[str, str]
    made: ast.Call

    @property
    def identity(self) -> list[tuple[str, ast.expr]]:
        """What names it, as arguments of a client's call."""
        return [*zip(_IDENTITY[self.kind], self.made.args, strict=True)]


class _Resource:
    """A resource, the objects that are made of it, and their calls."""

    def __init__(self, call: Call, service: str, *, names: Hoisting) -> None:
        self._made, self._module, self._service = call.node, call.module, service
        self._names = names
        self._client = ""

    def edits(self) -> tuple[_Edit, ...]:
        """None at all where a use has no call of the client's."""
        name = self._kept_as(self._outer(self._made))
        if name is None:
            return self._of_first_object()
        self._client = name
        found = [self._of_object(read) for read in self._reads(name)]
        client = self._replacing(self._made.func, _of_client(self._made.func))
        return (client, *itertools.chain.from_iterable(found)) if found and all(found) else ()

    def _of_first_object(self) -> tuple[_Edit, ...]:
        """``table = boto3.resource("dynamodb").Table(name)``: the statement makes the client instead."""
        one = self._object(self._made)
        statement = self._outer(one.made) if one is not None else None
        name = self._kept_as(statement) if statement is not None else None
        if one is None or statement is None or name is None:
            return ()
        self._client = self._names.name(self._module, self._service, value=self._service)
        arguments = as_written(self._made, self._module).removeprefix(as_written(self._made.func, self._module))
        client = self._replacing(statement, f"{self._client} = {_of_client(self._made.func)}{arguments}")
        calls = self._of_kept(name, one)
        return (client, *calls) if calls else ()

    def _of_object(self, owner: ast.expr) -> list[_Edit]:
        """Of an object that is made where ``owner``, the resource, is read: called at once, or kept at module level."""
        one = self._object(owner)
        if one is None:
            return []
        statement = self._outer(one.made)
        name = self._kept_as(statement)
        if name is None:
            return self._of_call(one.made, one)
        calls = self._of_kept(name, one)
        return [self._replacing(statement, ""), *calls] if calls else []

    def _of_kept(self, name: str, one: _Object) -> list[_Edit]:
        """Of an object that has a name, if what names it is the same wherever it is called."""
        found = [self._of_call(read, one) for read in self._reads(name)]
        is_steady = all(self._is_steady(argument) for argument in one.made.args)
        return [*itertools.chain.from_iterable(found)] if is_steady and found and all(found) else []

    def _object(self, owner: ast.expr) -> _Object | None:
        """``owner.Bucket(name)``."""
        attribute = self._outer(owner)
        made = self._outer(attribute)
        if not isinstance(attribute, ast.Attribute) or not isinstance(made, ast.Call) or made.func is not attribute:
            return None
        kind = self._service, attribute.attr
        is_named = kind in _IDENTITY and len(made.args) == len(_IDENTITY[kind]) and not made.keywords
        return (
            _Object(kind, made) if is_named and not any(isinstance(each, ast.Starred) for each in made.args) else None
        )

    def _of_call(self, owner: ast.expr, one: _Object) -> list[_Edit]:
        """``bucket.upload_file(…)`` as the client's call."""
        method = self._outer(owner)
        call = self._outer(method)
        if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not method:
            return []
        known = _CALLS[one.kind].get(method.attr)
        if known is None or not (known.gives_same or isinstance(self._outer(call), ast.Expr)):
            return []
        named = self._arguments(call, one, known=known)
        if not named:
            return []
        new = f"{self._client}.{known.name}({', '.join(f'{name}={self._value(name, each)}' for name, each in named)})"
        if not any(self._is_typed(name) for name, _ in named):
            return [self._replacing(call, new)]
        function = self._module.function_around(call)
        hoist = Hoist(node=call, new=new, name=self._serialize, value=_SERIALIZE, imports=_SERIALIZER)
        edit = self._names.edit(hoist, function) if function is not None else None
        return [edit] if edit is not None else []

    def _arguments(self, call: ast.Call, one: _Object, *, known: _ClientCall) -> list[tuple[str, ast.expr]]:
        """By the client's names; none where one is not known."""
        starred = any(isinstance(each, ast.Starred) for each in call.args)
        named = [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None]
        if starred or len(named) < len(call.keywords) or len(call.args) > len(known.positional):
            return []
        found = [*one.identity, *zip(known.positional, call.args, strict=False), *named]
        is_told = self._service != "dynamodb" or all(_is_told(name, value) for name, value in found)
        return found if is_told else []

    def _is_typed(self, name: str) -> bool:
        return self._service == "dynamodb" and name in _TYPED

    def _value(self, name: str, value: ast.expr) -> str:
        written = as_written(value, self._module)
        if not self._is_typed(name):
            return written
        is_enclosed = isinstance(value, ast.Name | ast.Dict | ast.Call | ast.Subscript | ast.Attribute)
        items = f"{written}.items()" if is_enclosed else f"({written}).items()"
        return f"{{name: {self._serialize}(value) for name, value in {items}}}"

    @property
    def _serialize(self) -> str:
        return self._names.name(self._module, "serialize", value=ast.unparse(_SERIALIZE))

    def _is_steady(self, node: ast.expr) -> bool:
        """A literal, a name of the module's alone, or a variable of the environment."""
        if isinstance(node, ast.Subscript):
            return ast.unparse(node.value) in ("os.environ", "environ") and isinstance(node.slice, ast.Constant)
        return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and self._is_bound_once(node.id))

    def _is_bound_once(self, name: str) -> bool:
        """Whether the module gives the name one value, and no function gives it another."""
        own = (function.scope.names for function in self._module.functions.values())
        return len(self._module.scope.names.get(name, ())) == 1 and not any(name in names for names in own)

    def _outer(self, node: ast.AST) -> ast.AST:
        return next(self._module.nodes.around(node), node)

    def _kept_as(self, statement: ast.AST) -> str | None:
        """The name of the module's that an assignment gives, if that is the only one."""
        if not isinstance(statement, ast.Assign) or statement not in self._module.tree.body:
            return None
        target = statement.targets[0]
        if len(statement.targets) != 1 or not isinstance(target, ast.Name):
            return None
        return target.id if self._is_bound_once(target.id) else None

    def _reads(self, name: str) -> Iterator[ast.Name]:
        return (node for node in self._module.nodes.of(ast.Name) if node.id == name and isinstance(node.ctx, ast.Load))

    def _replacing(self, node: ast.AST, new: str) -> ReplaceCode:
        place = self._module.at(node)
        return ReplaceCode(file=place.file, line=place.line, column=place.column, old=ast.unparse(node), new=new)


def _of_client(function: ast.expr) -> str:
    return f"{ast.unparse(function).removesuffix('resource')}client"


def _is_told(name: str, value: ast.expr) -> bool:
    """Whether it is known how the client takes it: a condition may be an object that the resource writes out."""
    is_text = isinstance(value, ast.Constant | ast.JoinedStr)
    return name in _TYPED | _AS_THEY_ARE or (name == "ConditionExpression" and is_text)
