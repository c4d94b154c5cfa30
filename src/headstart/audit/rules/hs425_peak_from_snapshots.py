"""The peak of memory is taken from a few looks.

A peak is the highest of the figures that the code happened to read, between its steps.

*Why it costs.* What a step takes and gives back before the next look is not in it, and that is what kills a function:
the memory size is then chosen too small, by a report that says it is ample.

*Use instead.* The kernel's own peak: ``VmHWM`` of /proc/self/status, which writing 5 to /proc/self/clear_refs sets
back. The kit's ``MemoryProfile`` does so, per invocation and per section.

*Evidence.* 200 MB that were held between two of the course's snapshots are not in its peak (D61).

Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import is_name, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS425",
    name="peak-from-snapshots",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
# Where the process reads its own memory; of other processes the kernel may have no peak.
_FIGURES = ("memory_info()", "memory_full_info()", "get_traced_memory()", "/proc/self/statm")
_OWN = ("Process()", "getpid()", "tracemalloc", "/proc/self/")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each peak that is the highest of current figures, but for one that a loop samples."""
    for module in subject.modules(*_FIGURES):
        for statement in module.nodes.of(ast.Assign) if module.mentions(*_OWN) else ():
            if _is_highest_so_far(statement, module) and not _is_sampled(statement, module):
                yield RULE.finding(
                    f"{ast.unparse(statement.targets[0])} is the highest of a few looks: what is taken and"
                    " given back between two of them is not in it",
                    "read VmHWM of /proc/self/status, or use headstart_kit.MemoryProfile",
                    place=module.at(statement),
                    subject=name_around(statement, module),
                )


def _is_highest_so_far(statement: ast.Assign, module: Module) -> bool:
    """``peak = max(peak, x)``, or ``if x > peak: peak = x``."""
    target, value = statement.targets[0], statement.value
    name = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
    if "peak" not in name.lower():
        return False
    if isinstance(value, ast.Call) and is_name(value.func, "max"):
        return any(_is_read(argument, target) for argument in value.args)
    outer = next(module.nodes.around(statement), None)
    compared = outer.test if isinstance(outer, ast.If) and isinstance(outer.test, ast.Compare) else None
    return compared is not None and any(_is_read(side, target) for side in (compared.left, *compared.comparators))


def _is_read(node: ast.expr, target: ast.expr) -> bool:
    return ast.unparse(node) == ast.unparse(target)


def _is_sampled(statement: ast.Assign, module: Module) -> bool:
    return any(isinstance(outer, ast.While) for outer in module.nodes.around(statement))
