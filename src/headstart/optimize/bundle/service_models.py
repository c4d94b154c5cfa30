"""Leaves documentation out of the models of AWS services that botocore ships, and unpacks those that the code names.

To create a client is to read its service's model, most of which is text for pages of documentation. botocore takes a
model without that for one whose documentation is empty, and looks for ``service-2.json`` before ``service-2.json.gz``.
All else in a model stays, in its order.
"""

import gzip
import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from headstart.model.bundle import Shrunk, Spared
from headstart.optimize.bundle.listing import OWN_CODE, Listing, name_of
from headstart.optimize.bundle.rewritten import Rewritten, write_anew

WHY: Final = "documentation within models of AWS services"
_DATA: Final = "botocore/data"
_FILE: Final = re.compile(
    rf"{_DATA}/(?P<service>[^/]+)/[^/]+/(?P<kind>service-2|endpoint-rule-set-1)\.json(?P<packed>\.gz)?"
)
# In these each service's name is spelt, whatever the function uses.
_SDK: Final = frozenset({"boto3", "botocore", "s3transfer"})
_CREATED: Final = re.compile(rb"(?:client|resource)\(\s*(?:service_name\s*=\s*)?['\"]([a-z0-9-]+)['\"]")
_SPELT: Final = re.compile(rb"['\"]([a-z0-9-]+)['\"]")
# Of a client's context parameters botocore requires documentation, and it stays in them; of a shape it copies what is
# there. Another version that requires more would have it written so.
_REQUIRES: Final = re.compile(rb"(?<!param_val)(?<!\bshape)(?<!= model)\[['\"]documentation['\"]\]")
_READS: Final = re.compile(rb"\.documentation\b|['\"]documentation['\"]")
_SPEAKS_OF_SDK: Final = re.compile(rb"\bboto(?:core|3)\b")


def shrink(files: Listing, *, kept: Collection[str] = ()) -> Rewritten:
    """Write the models among ``files`` anew, but for those ``kept``, each once more the same for the same model."""
    found = {path: match for path in files.sizes if path not in kept and (match := _FILE.fullmatch(path))}
    found = {path: match for path, match in found.items() if name_of(files.owner(path)) == "botocore"}
    if not found:
        return Rewritten()
    reader = _reader(files)
    if reader is not None:
        return Rewritten(spared=(Spared(path=_DATA, because=reader),))
    named = set(_named(files))
    rewritten: dict[str, str] = {}
    saved_bytes = 0
    for path, match in found.items():
        unpacks = bool(match["packed"]) and match["service"] in named and path.removesuffix(".gz") not in files.sizes
        is_model = match["kind"] == "service-2"
        if is_model or unpacks:
            rewritten[path] = path.removesuffix(".gz") if unpacks else path
            saved_bytes += _rewrite(files, path, into=rewritten[path], is_model=is_model)
    owner = files.owner(next(iter(found)))
    shrunk = Shrunk(owner=owner, why=WHY, files=len(rewritten), saved_bytes=saved_bytes)
    return Rewritten(paths=rewritten, shrunk=(shrunk,))


def _rewrite(files: Listing, path: str, *, into: str, is_model: bool) -> int:
    """By how much it is smaller, packed as it was."""
    content = files.read(path)
    is_packed = path.endswith(".gz")
    text = gzip.decompress(content) if is_packed else content
    if is_model:
        model = _without_documentation(json.loads(text))
        text = json.dumps(model, ensure_ascii=False, separators=(",", ":")).encode()
    packed = gzip.compress(text, mtime=0) if is_packed else text
    write_anew(files, path, content=packed if into == path else text, into=into)
    return len(content) - len(packed)


def _without_documentation(model: dict[str, Any]) -> dict[str, Any]:
    """A shape, or a member of one, that is called so stays: only what describes something goes."""
    operations, shapes = model.get("operations", {}).values(), model.get("shapes", {}).values()
    for described in (model, *operations, *shapes, *_references(operations, shapes)):
        described.pop("documentation", None)
    return model


def _references(operations: Collection[dict[str, Any]], shapes: Collection[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What names a shape: inputs, outputs and errors of operations, and what other shapes are made of."""
    for operation in operations:
        yield from (operation[name] for name in ("input", "output") if name in operation)
        yield from operation.get("errors", ())
    for shape in shapes:
        yield from (shape[name] for name in ("member", "key", "value") if name in shape)
        yield from shape.get("members", {}).values()


def _reader(files: Listing) -> str | None:
    """The first module that may read the documentation, but for what writes pages of it."""
    for owner, paths in files.sources.items():
        pattern = _REQUIRES if name_of(owner) in _SDK else _READS
        for path in paths:
            if "/docs/" in path:
                continue
            content = files.read(path)
            if pattern.search(content) and _SPEAKS_OF_SDK.search(content):
                return path
    return None


def _named(files: Listing) -> Iterator[str]:
    """The services that are created by their name, or whose name is spelt in the function's own code."""
    for owner, paths in files.sources.items():
        if name_of(owner) not in _SDK:
            pattern = _SPELT if owner == OWN_CODE else _CREATED
            yield from (name.decode() for path in paths for name in pattern.findall(files.read(path)))
