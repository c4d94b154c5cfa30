"""What the AWS CDK has: the names of some of its modules, and members and keywords of their classes."""

import difflib
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

CDK: Final = "aws_cdk"
_DATA: Final = Path(__file__).with_name("cdk_api.json")
_UNKNOWN_ROOTS: Final = frozenset({"Enum"})


class Signature(msgspec.Struct, frozen=True):
    """What a call takes: positional names in order, then keywords. ``takes_any``: more than these."""

    positional: tuple[str, ...]
    keywords: frozenset[str]
    takes_any: bool

    def takes(self, keyword: str) -> bool:
        """Whether there is such a keyword."""
        return self.takes_any or keyword in self.keywords or keyword in self.positional

    def nearest(self, keyword: str) -> str:
        """The keyword that was meant, or nothing."""
        return _nearest(keyword, [*self.keywords, *self.positional])


class Member(msgspec.Struct, frozen=True):
    """A property or method of a class; ``returns`` is the full name of a class, empty when it is not known."""

    returns: str
    signature: Signature | None = None


class Class(msgspec.Struct, frozen=True):
    """A class by its full name ``aws_cdk.aws_lambda.Function``. ``is_whole``: all of its ancestors are known too."""

    name: str
    members: Mapping[str, Member]
    signature: Signature | None
    is_whole: bool

    def nearest(self, name: str) -> str:
        """The member that was meant, or nothing."""
        return _nearest(name, list(self.members))


@functools.cache
def version() -> str:
    """The version of aws-cdk-lib that all this is of."""
    return str(_data()["version"])


@functools.cache
def names(module: str) -> frozenset[str]:
    """All public names of a module ``aws_cdk.aws_lambda``; empty when it is not known."""
    known = _data()["modules"].get(_short(module)) if module.startswith(f"{CDK}.") else None
    return frozenset((*known["names"], *known["classes"])) if known else frozenset()


def nearest_name(module: str, name: str) -> str:
    """The name of a module that was meant, or nothing."""
    return _nearest(name, sorted(names(module)))


@functools.cache
def class_named(name: str) -> Class | None:
    """The class of this full name; None when it is not known."""
    module, _, short = name.rpartition(".")
    known = _data()["modules"].get(_short(module)) if name.startswith(f"{CDK}.") else None
    described = known["classes"].get(short) if known else None
    if described is None:
        return None
    inherited = [class_named(_full(each, module)) for each in described.get("bases", ()) if each not in _UNKNOWN_ROOTS]
    members = {name: member for each in inherited if each for name, member in each.members.items()}
    members |= {name: _member(member, module) for name, member in described["members"].items()}
    init = described.get("init")
    return Class(
        name=name,
        members=members,
        signature=None if init is None else _signature(init),
        is_whole=all(each is not None and each.is_whole for each in inherited),
    )


@functools.cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(_DATA.read_bytes())
    return found


@functools.cache
def _signature(index: int) -> Signature:
    before, _, after = str(_data()["signatures"][index]).partition("*")
    rest = [name for name in after.split(",") if name]
    takes_any = (bool(after) and not after.startswith(",")) or "**" in rest
    return Signature(
        positional=tuple(name for name in before.split(",") if name),
        keywords=frozenset(name for name in rest if name != "**"),
        takes_any=takes_any,
    )


def _member(described: Any, module: str) -> Member:
    if isinstance(described, str):
        return Member(_full(described, module))
    index, returned = described
    return Member(_full(returned, module), _signature(index))


def _full(name: str, module: str) -> str:
    if not name:
        return ""
    if "." not in name:
        return f"{module}.{name}"
    return f"{CDK}{name}" if name.startswith(".") else f"{CDK}.{name}"


def _short(module: str) -> str:
    return module.removeprefix(CDK).removeprefix(".")


def _nearest(name: str, known: list[str]) -> str:
    """The likeliest, however it is written: ``predefined_metric_specification`` for ``PredefinedMetric``."""
    plain = {each.replace("_", "").lower(): each for each in sorted(known, reverse=True)}
    found = difflib.get_close_matches(name.replace("_", "").lower(), plain, n=1, cutoff=0.68)
    return plain[found[0]] if found else ""
