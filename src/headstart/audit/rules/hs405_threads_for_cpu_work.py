"""Threads for work that only computes, or as many of them as the host shows CPUs.

A pool of threads (or a thread) is given a function that computes in Python and waits for nothing; or the size of a pool
is taken from ``os.cpu_count()``.

*Why it costs.* One thread at a time runs Python: computing in threads takes as long as one after the other, and the
switches on top. A function's CPU is its memory size / 1769 MB, while ``os.cpu_count()`` says 2 at the smallest size: at
512 MB two processes share 0.29 of a CPU.

*Use instead.* A plain loop below 1769 MB. Above, the kit's ``parallel_map``: processes as many as
``AWS_LAMBDA_FUNCTION_MEMORY_SIZE`` / 1769, when measuring shows that they pay. Threads are for waiting.

*Evidence.* 0.31 s one after the other, 0.42 s in threads (D74); at one CPU or less parallel processes took up to 20 %
longer; ``bench/rules/hs405.py``.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (2026-11-23)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.computing import computes
from headstart.audit.code.program import Call, Function, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS405",
    name="threads-for-cpu-work",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_THREADS = (
    *("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"),
    *("multiprocessing.pool.ThreadPool", "multiprocessing.dummy.Pool"),
)
_PROCESSES = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool", "multiprocessing.Process")
_GIVES_WORK = ("submit", "map", "imap", "imap_unordered", "starmap", "apply_async", "map_async")
_COUNTS = ("os.cpu_count", "os.process_cpu_count", "multiprocessing.cpu_count", "psutil.cpu_count")
_KNOWS_THE_SHARE = ("1769", "vcpu", "vCPU", "VCPU", "MEMORY_SIZE", "memory_limit_in_mb")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each time threads are given such a function, and for each count of the host's CPUs."""
    for program in subject.lambda_programs:
        yield from _computing(program, subject)
        if program.calls_of(*_THREADS, *_PROCESSES):
            yield from _counting(program, subject)


def _computing(program: Program, subject: Subject) -> Iterator[Finding]:
    names = [f"{pool}().{method}" for pool in _THREADS for method in _GIVES_WORK]
    for call in program.calls_of("threading.Thread", *names):
        function = _given(call, program)
        if function is not None and call.in_function in subject.invoked and computes(program, function):
            yield RULE.finding(
                f"threads run {function.name}, which only computes: one runs at a time, so it takes longer than a loop",
                "call it in a loop, or in processes by headstart_kit.parallel_map above 1769 MB",
                place=call.place,
                subject=function.full_name,
            )


def _given(call: Call, program: Program) -> Function | None:
    """The program's own function that a thread is to run."""
    is_thread = call.name == "threading.Thread"
    node = call.argument("target", None) if is_thread else call.argument("fn", 0) or call.argument("func", None)
    if node is None:
        return None
    return program.function(program.resolve(node, call.in_function, module=call.module))


def _counting(program: Program, subject: Subject) -> Iterator[Finding]:
    for call in program.calls_of(*_COUNTS):
        runs = call.in_function in subject.invoked if call.in_function else not call.in_main
        if runs and not any(text in _statement(call) for text in _KNOWS_THE_SHARE):
            yield RULE.finding(
                f"{call.name}() counts the host's CPUs, not the share that the memory size gives: 2 at 128 MB too",
                "take int(os.environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']) / 1769, at least 1",
                place=call.place,
                subject=call.in_function.full_name if call.in_function else call.module.name,
            )


def _statement(call: Call) -> str:
    """The source of the statement around a call."""
    around = call.module.nodes.around(call.node)
    statement = next((node for node in around if isinstance(node, ast.stmt)), call.node)
    return ast.unparse(statement)
