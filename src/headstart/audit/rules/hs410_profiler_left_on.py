"""A profiler that is started and never stopped.

``tracemalloc.start()``, or another profiler, runs in the init phase or in an invocation, and nothing that Lambda runs
stops it.

*Why it costs.* tracemalloc notes the origin of every allocation: all code of the environment runs several times slower
from then on, and the notes take memory of their own.

*Use instead.* Profile one invocation and stop, in a ``finally``; or measure from outside: ``headstart check``.
The kit's ``MemoryProfile`` reads the process's peak for microseconds.

*Evidence.* A batch of 50,000 records took 0.85 s instead of 0.27 (D60); ``bench/rules/hs410.py``.

Source: https://docs.python.org/3/library/tracemalloc.html (2026-11-25)
"""

import ast
from collections.abc import Iterator, Mapping

from headstart.audit.code.program import Call, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS410",
    name="profiler-left-on",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_STOPS: Mapping[str, str] = {
    "tracemalloc.start": "tracemalloc.stop",
    "cProfile.Profile().enable": "cProfile.Profile().disable",
    "profile.Profile().enable": "profile.Profile().disable",
    "pyinstrument.Profiler().start": "pyinstrument.Profiler().stop",
    "yappi.start": "yappi.stop",
    "sys.setprofile": "sys.setprofile",
    "sys.settrace": "sys.settrace",
    "threading.setprofile": "threading.setprofile",
}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each start without a stop that Lambda runs too."""
    for program in subject.lambda_programs:
        for start, stop in _STOPS.items():
            starts = [call for call in program.calls_of(start) if _runs(call, subject) and not _is_switch_off(call)]
            if starts and not _is_stopped(program, stop, subject=subject):
                for call in starts:
                    if not _is_optional(call):
                        yield RULE.finding(
                            f"{start.replace('().', '.')} is never undone: all code of the environment runs slower",
                            "stop it in a finally, or measure from outside with headstart check",
                            place=call.place,
                            subject=call.in_function.full_name if call.in_function else call.module.name,
                        )


def _runs(call: Call, subject: Subject) -> bool:
    return call.in_function in subject.invoked if call.in_function else not call.in_main


def _is_stopped(program: Program, stop: str, *, subject: Subject) -> bool:
    calls = program.calls_of(stop)
    if stop in ("sys.setprofile", "sys.settrace", "threading.setprofile"):
        calls = [call for call in calls if _is_switch_off(call)]
    return any(_runs(call, subject) for call in calls)


def _is_switch_off(call: Call) -> bool:
    """``sys.setprofile(None)``."""
    given = call.argument("function", 0)
    return isinstance(given, ast.Constant) and given.value is None


def _is_optional(call: Call) -> bool:
    """Whether it runs only under a condition, such as a setting for debugging."""
    tests = (node.test for node in call.module.nodes.around(call.node) if isinstance(node, ast.If))
    return any("is_tracing" not in ast.unparse(test) for test in tests)
