"""Writes ``cdk_api.json``, the names that the AWS CDK has, from the Python sources of an installed aws-cdk-lib.

``python -m headstart.infra.program.api_from_source`` writes it anew; nothing of the CDK is imported or run.
"""

import ast
import importlib.metadata
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).with_name("cdk_api.json")
# Of the core only what the constructs of these modules inherit and what their arguments are.
_CORE: Final = frozenset({"Resource", "Duration", "Size"})
_MODULES: Final = ("aws_applicationautoscaling", "aws_cloudwatch", "aws_codedeploy", "aws_lambda", "aws_sns")
_CONSTRUCT: Final = {"node": "", "to_string": [0, ""], "with_": [0, ""]}
_REFERENCE: Final = re.compile(r"_?(\w+?)_[0-9a-f]{8}\.(\w+)$|(\w+)$")
# Classes generated from CloudFormation, and structs that methods take as keywords, are known by name only.
_BY_NAME_ONLY: Final = re.compile(r"Cfn|.*(?:Props|Attributes|Options|Reference)$|I\w+Ref$")


def main() -> None:
    """Write the data file."""
    package = importlib.util.find_spec("aws_cdk")
    if package is None or package.origin is None:
        sys.exit("aws-cdk-lib is not installed: pip install 'headstart[cdk]'")
    api = read(Path(package.origin).parent, version=importlib.metadata.version("aws-cdk-lib"))
    DATA.write_text(as_text(api), encoding="utf-8")


def read(folder: Path, *, version: str) -> dict[str, Any]:
    """The names of the package ``aws_cdk`` in ``folder``: of each module all names, and of its classes the signature,
    the ancestors and the members: a property as the name of its class, a method as signature and class.
    """
    signatures: dict[str, int] = {"*,**": 0}
    modules = {name: _module(folder / name / "__init__.py", signatures) for name in _MODULES}
    core = _module(folder / "__init__.py", signatures, only=_CORE)
    return {
        "version": version,
        "signatures": list(signatures),
        "modules": {"": {**core, "names": []}, **modules},
    }


def as_text(api: dict[str, Any]) -> str:
    """The data as the file has it: a class a line, so that versions can be compared."""
    return re.sub(r'(?<=[}\]]), (?="\w*": [{\[])', ",\n", json.dumps(api, sort_keys=True)) + "\n"


def _module(file: Path, signatures: dict[str, int], *, only: frozenset[str] | None = None) -> dict[str, Any]:
    tree = ast.parse(file.read_bytes())
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    described = [node for node in found if (node.name in only if only else not _BY_NAME_ONLY.match(node.name))]
    names = {node.name for node in found} - {node.name for node in described}
    return {
        "names": sorted(names),
        "classes": {node.name: _class(node, signatures) for node in described},
    }


def _class(node: ast.ClassDef, signatures: dict[str, int]) -> dict[str, Any]:
    members = dict(_members(node, signatures))
    init = members.pop("__init__", None)
    bases = [_named(each) for each in node.bases]
    if any(each.split(".")[-1] in ("Construct", "IConstruct") for each in bases):
        members = {**_CONSTRUCT, **members}
    described = {
        "members": members,
        "bases": [each for each in bases if each and not each.startswith(("typing", "enum", "constructs"))],
        "init": init[0] if init else None,
    }
    return {key: value for key, value in described.items() if value not in (None, [], False)}


def _members(node: ast.ClassDef, signatures: dict[str, int]) -> Iterator[tuple[str, Any]]:
    for each in node.body:
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            yield each.targets[0].id, ""
        if not isinstance(each, ast.FunctionDef) or (each.name.startswith("_") and each.name != "__init__"):
            continue
        returned = _named(each.returns)
        if any("property" in ast.unparse(decorator) for decorator in each.decorator_list):
            yield each.name, returned
        else:
            signature = _signature(each.args)
            yield each.name, [signatures.setdefault(signature, len(signatures)), returned]


def _signature(arguments: ast.arguments) -> str:
    positional = [each.arg for each in arguments.args][1:]
    named = [each.arg for each in arguments.kwonlyargs]
    rest = ([f"*{arguments.vararg.arg}"] if arguments.vararg else ["*"]) + named
    return ",".join(positional + rest + (["**"] if arguments.kwarg else []))


def _named(node: ast.expr | None) -> str:
    """The class of a reference, with its module where that is another: ``aws_cloudwatch.Metric``; of others nothing."""
    text = "" if node is None else ast.unparse(node).replace("'", "")
    text = text.removeprefix("typing.Optional[").removesuffix("]")
    found = _REFERENCE.fullmatch(text)
    if found is None or text in ("None", "bool", "str"):
        return text.rpartition(".")[2] if text.startswith("enum.") else ""
    module, name = found[1] or "", found[2] or found[3]
    module = "" if module == "aws_cdk" else module
    return f"{module}.{name}" if found[1] else name


if __name__ == "__main__":
    main()
