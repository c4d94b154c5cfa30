"""The edits by which a boto3 resource gives way to a client, where each use has a client's call that does the same.

Source: the resources and customizations of boto3 1.44.8, boto3/data and boto3/{s3,dynamodb} (2026-11-25).
"""

import ast
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
    return _Resource(call, service, names=Hoisting(program, may_call=lambda _: True)).edits() or ()


def _is_imported_elsewhere(module: Module, program: Program) -> bool:
    others = (other for other in program.modules.values() if other is not module)
    return any(f"{dotted}.".startswith(f"{module.name}.") for other in others for dotted in other.imports.values())


class _Resource:
    """A resource, the objects that are made of it, and their calls."""

    def __init__(self, call: Call, service: str, *, names: Hoisting) -> None:
        self._call, self._module, self._service = call, call.module, service
        self._names = names
        self._client = ""

    def edits(self) -> tuple[_Edit, ...] | None:
        """None where a use has no call of the client's."""
        made, node = self._outer(self._call.node), self._call.node
        if (name := self._kept_as(made)) is not None:
            self._client = name
            client: ReplaceCode | None = self._replacing(node.func, _of_client(node.func))
            found = [self._of_object(read) for read in self._reads(name)]
        else:
            self._client = self._names.name(self._module, self._service, value=self._service)
            found, client = self._of_first_object(node)
        if client is None or not found or None in found:
            return None
        return (client, *(edit for edits in found if edits is not None for edit in edits))

    def _of_first_object(self, node: ast.Call) -> tuple[list[list[_Edit] | None], ReplaceCode | None]:
        """``table = boto3.resource("dynamodb").Table(name)``: the statement makes the client instead."""
        thing = self._thing(node)
        statement = self._outer(thing) if thing is not None else None
        name = self._kept_as(statement) if statement is not None else None
        if thing is None or statement is None or name is None:
            return [], None
        written = as_written(node, self._module).replace(".resource(", ".client(", 1)
        found = [self._of_call(read, thing) for read in self._reads(name)]
        return found, self._replacing(statement, f"{self._client} = {written}")

    def _of_object(self, owner: ast.expr) -> list[_Edit] | None:
        """Of an object that is made where ``owner``, the resource, is read: called at once, or kept at module level."""
        thing = self._thing(owner)
        if thing is None:
            return None
        statement = self._outer(thing)
        name = self._kept_as(statement)
        if name is None:
            return self._of_call(thing, thing)
        found = [self._of_call(read, thing) for read in self._reads(name)]
        gone = self._replacing(statement, "")
        return None if not found or None in found else [gone, *(edit for each in found if each for edit in each)]

    def _thing(self, owner: ast.expr) -> ast.Call | None:
        """``owner.Bucket(name)``, if what names it is the same whenever it is evaluated."""
        kind = self._outer(owner)
        made = self._outer(kind)
        is_made = isinstance(kind, ast.Attribute) and isinstance(made, ast.Call) and made.func is kind
        if not is_made or (self._service, kind.attr) not in _CALLS:  # type: ignore[attr-defined]
            return None
        count = len(_IDENTITY[self._service, kind.attr])  # type: ignore[attr-defined]
        arguments = made.args if isinstance(made, ast.Call) and not made.keywords else []
        return made if len(arguments) == count and all(map(_is_steady, arguments)) else None  # type: ignore[return-value]

    def _of_call(self, owner: ast.expr, thing: ast.Call) -> list[_Edit] | None:
        """``bucket.upload_file(…)`` as the client's call."""
        method = self._outer(owner)
        call = self._outer(method)
        if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not method:
            return None
        key = self._service, thing.func.attr  # type: ignore[attr-defined]
        known = _CALLS[key].get(method.attr)
        if known is None or not (known.gives_same or isinstance(self._outer(call), ast.Expr)):
            return None
        if len(call.args) > len(known.positional) or any(keyword.arg is None for keyword in call.keywords):
            return None
        named = [*zip(_IDENTITY[key], thing.args, strict=True), *zip(known.positional, call.args, strict=False)]
        named += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
        if self._service == "dynamodb" and not all(_is_told(name, value) for name, value in named):
            return None
        given = ", ".join(f"{name}={self._value(name, value)}" for name, value in named)
        new = f"{self._client}.{known.name}({given})"
        if not any(self._is_typed(name) for name, _ in named):
            return [self._replacing(call, new)]
        function = self._module.function_around(call)
        hoist = Hoist(node=call, new=new, name=self._serialize, value=_SERIALIZE, imports=_SERIALIZER)
        edit = self._names.edit(hoist, function) if function is not None else None
        return [edit] if edit is not None else None

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

    def _outer(self, node: ast.AST) -> ast.AST:
        return next(self._module.nodes.around(node), node)

    def _kept_as(self, statement: ast.AST) -> str | None:
        """The name of the module's that an assignment gives, if that is the only one."""
        if not isinstance(statement, ast.Assign) or statement not in self._module.tree.body:
            return None
        target = statement.targets[0]
        if len(statement.targets) != 1 or not isinstance(target, ast.Name):
            return None
        is_bound_once = len(self._module.scope.names.get(target.id, ())) == 1
        own = (function.scope.names for function in self._module.functions.values())
        return target.id if is_bound_once and not any(target.id in names for names in own) else None

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


def _is_steady(node: ast.expr) -> bool:
    """A literal, a name, or a variable of the environment."""
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) in ("os.environ", "environ") and isinstance(node.slice, ast.Constant)
    return isinstance(node, ast.Constant | ast.Name)
