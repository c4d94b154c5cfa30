"""A pool, queue, lock or shared value of multiprocessing, which needs /dev/shm.

*Why it costs.* Lambda has no /dev/shm: ``multiprocessing.Pool``, ``Queue``, ``Lock``, ``Value``,
``multiprocessing.pool.ThreadPool`` and ``concurrent.futures.ProcessPoolExecutor`` raise ``OSError`` when they are made,
though they work on the machine where they were tested.

*Use instead.* ``multiprocessing.Process`` with a ``Pipe``, or the kit's ``parallel_map``, which also looks whether the
memory size gives more than one CPU at all. For I/O, ``concurrent.futures.ThreadPoolExecutor``.

*Evidence.* With /dev/shm absent all of these fail and ``Process`` with ``Pipe`` works (D71); Lambda's errno is 38.

Source: https://pypi.org/project/lambda-multiprocessing/ (2026-11-23)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Call
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS404",
    name="multiprocessing-without-shared-memory",
    severity=Severity.ERROR,
    sees=frozenset({Sees.CODE}),
)
_KINDS = (
    *("Pool", "Queue", "SimpleQueue", "JoinableQueue", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Event"),
    *("Condition", "Barrier", "Value", "Array"),
)
_HOMES = ("multiprocessing", "multiprocessing.get_context()", "multiprocessing.context", "multiprocessing.synchronize")
_NEEDING = {f"{home}.{kind}" for home in _HOMES for kind in _KINDS} | {
    "multiprocessing.pool.Pool",
    "multiprocessing.pool.ThreadPool",
    "multiprocessing.queues.Queue",
    "multiprocessing.sharedctypes.Value",
    "multiprocessing.sharedctypes.Array",
    "multiprocessing.shared_memory.SharedMemory",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.process.ProcessPoolExecutor",
}
_FALLBACKS = {"OSError", "ImportError", "NotImplementedError", "PermissionError", "FileNotFoundError"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such call that Lambda runs, at import or in an invocation, without a way out."""
    for program in subject.lambda_programs:
        for call in program.calls_of(*sorted(_NEEDING)):
            runs = call.in_function in subject.invoked if call.in_function else not call.in_main
            if runs and not (call.in_try and _has_fallback(call)):
                name = call.name.replace("().", ".")
                yield RULE.finding(
                    f"{name} needs /dev/shm, which Lambda has not: OSError when it is made",
                    "use Process with a Pipe, headstart_kit.parallel_map, or threads for I/O",
                    place=call.place,
                    subject=name,
                )


def _has_fallback(call: Call) -> bool:
    """Whether a try around it catches what it raises, by name."""
    tries = (node for node in call.module.nodes.around(call.node) if isinstance(node, ast.Try))
    caught = (handler.type for attempt in tries for handler in attempt.handlers if handler.type is not None)
    return any(isinstance(node, ast.Name) and node.id in _FALLBACKS for kind in caught for node in ast.walk(kind))
