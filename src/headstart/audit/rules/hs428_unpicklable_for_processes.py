"""A lambda or a function defined in a function is handed to a pool of processes.

*Why it costs.* A pool pickles what it calls, by its name in the module. A lambda and a nested function have none: the
call raises ``AttributeError`` or ``PicklingError``, whatever the items.

*Use instead.* A function of the module. The kit's ``parallel_map`` takes any function: its processes are forks, which
have it already; and they need no /dev/shm, which Lambda has not.

*Evidence.* The course's ``pool.map(lambda ...)`` answers 500 to every batch that is large enough for the pool (D70).

Source: https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Call, Program
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS428",
    name="unpicklable-for-processes",
    severity=Severity.ERROR,
    sees=frozenset({Sees.CODE}),
)
_POOLS = ("multiprocessing.Pool()", "multiprocessing.pool.Pool()", "multiprocessing.get_context().Pool()")
_EXECUTORS = ("concurrent.futures.ProcessPoolExecutor()", "concurrent.futures.process.ProcessPoolExecutor()")
_POOL_METHODS = (*("apply", "apply_async", "map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"),)
_PICKLES = frozenset(f"{pool}.{method}" for pool in _POOLS for method in _POOL_METHODS)
_PICKLES |= {f"{executor}.{method}" for executor in _EXECUTORS for method in ("map", "submit")}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each call of a pool with a function that cannot be pickled."""
    for program in subject.programs:
        for call in program.calls_of(*_PICKLES):
            if given := _unpicklable(call, program):
                yield RULE.finding(
                    f"{given} has no name by which it could be pickled: {call.name} raises",
                    "hand over a function of the module, or use headstart_kit.parallel_map",
                    place=call.place,
                    subject=name_around(call.node, call.module),
                )


def _unpicklable(call: Call, program: Program) -> str:
    """What a call of a pool is given that is a lambda or a function within a function; empty if nothing."""
    given = call.argument("func", 0) or call.argument("fn", 0)
    if given is None:
        return ""
    function = program.functions.get(program.resolve(given, call.in_function, module=call.module))
    if function is None or (function.in_function is None and not isinstance(function.node, ast.Lambda)):
        return ""
    return "a lambda" if isinstance(given, ast.Lambda) else ast.unparse(given)
