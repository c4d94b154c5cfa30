"""Finds the rules: every module of ``audit/rules``, by its name ``hs101_provisioned_above_reserved``."""

import importlib
import pkgutil
from functools import cache

import msgspec

from headstart.audit import rules
from headstart.audit.rule import Find, Rule


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with its function and the docstring that explains it."""

    rule: Rule
    find: Find
    explanation: str


@cache
def all_rules() -> dict[str, Registered]:
    """Every rule by its id, in the order of ids."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    found = (importlib.import_module(f"{rules.__name__}.{name}") for name in names)
    return {
        module.RULE.id: Registered(rule=module.RULE, find=module.find, explanation=module.__doc__ or "")
        for module in found
    }
