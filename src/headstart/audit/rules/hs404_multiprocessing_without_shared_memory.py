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

from headstart.audit.code import parallel_maps
from headstart.audit.code.program import Call, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import AddLine, Finding, Severity

RULE = Rule(
    id="HS404",
    name="multiprocessing-without-shared-memory",
    severity=Severity.ERROR,
    sees=frozenset({Sees.CODE}),
)
_KIT = "headstart-kit"
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
                code_edits = parallel_maps.edits(call)
                yield RULE.finding(
                    f"{name} needs /dev/shm, which Lambda has not: OSError when it is made",
                    "use Process with a Pipe, headstart_kit.parallel_map, or threads for I/O",
                    place=call.place,
                    subject=name,
                    edits=(*code_edits, *_requiring_kit(subject, program)) if code_edits else (),
                )


def _requiring_kit(subject: Subject, program: Program) -> Iterator[AddLine]:
    """The kit in requirements.txt, where that is how the package gets what it needs."""
    packages = (function.contents for function in subject.functions if function.program is program)
    for contents in {each.root: each for each in packages if each is not None}.values():
        has_file = any(file.name == "requirements.txt" for file in contents.files) and contents.root.is_dir()
        has_kit = any(name == _KIT or name.endswith("/kit") for name in contents.requirements)
        if has_file and not has_kit and "headstart_kit" not in contents.modules():
            yield AddLine(file=contents.path_of("requirements.txt"), line=_KIT)


def _has_fallback(call: Call) -> bool:
    """Whether a try around it catches what it raises, by name."""
    tries = (node for node in call.module.nodes.around(call.node) if isinstance(node, ast.Try))
    caught = (handler.type for attempt in tries for handler in attempt.handlers if handler.type is not None)
    return any(isinstance(node, ast.Name) and node.id in _FALLBACKS for kind in caught for node in ast.walk(kind))
