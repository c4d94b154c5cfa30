"""Tells functions that only compute in Python: they wait for nothing, and hold the interpreter all the time."""

import ast

from headstart.audit.code.program import Call, Function, Program


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BUILTINS = _names("""
    abs all any bool bytes chr dict divmod enumerate filter float format frozenset hash hex int isinstance iter len
    list map max min next oct ord pow range repr reversed round set sorted str sum tuple zip
""")
_PREFIXES = (
    *("math.", "cmath.", "statistics.", "itertools.", "functools.reduce", "operator.", "decimal.", "fractions."),
    *("random.", "string.", "re.", "json.loads", "json.dumps", "collections.", "heapq.", "bisect."),
    *("list().", "dict().", "str().", "set().", "tuple().", "int().", "float().", "bytes()."),
)
# Of what is not known whose it is, these are of lists, dicts and texts.
_METHODS = _names("append extend items keys values get split strip lower upper replace join startswith count")
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


def computes(program: Program, function: Function) -> bool:
    """Whether a function has a loop or calls itself, and everything that it calls computes too; False when one thing is
    not known."""
    reached = program.reachable(function)
    calls = [call for each in reached for call in each.calls]
    if not all(call.target is not None or _is_computing(call) for call in calls):
        return False
    works = any(isinstance(node, _LOOPS) for each in reached for node in ast.walk(each.node))
    return works or any(call.target in reached and call.in_function is call.target for call in calls)


def _is_computing(call: Call) -> bool:
    name = call.name
    if name in _BUILTINS or name.startswith(_PREFIXES):
        return True
    function = call.node.func
    return not name and isinstance(function, ast.Attribute) and function.attr in _METHODS
