"""The garbage collector is run in a loop.

*Why it costs.* ``gc.collect()`` walks every object that there is, whatever it frees: 25 to 45 ms with an SDK and a
validation library loaded. What a batch leaves behind is freed without it, when its last reference goes.

*Use instead.* Drop the references, ``del batch``; and ``gc.freeze()`` after init, which takes what was loaded out of
every later collection. The kit's ``MemoryProfile`` tells whether a collection frees anything.

*Evidence.* The course's processor collects after every batch above 80 % of its memory (D65): that is most of the 19 s
which it takes for 44 MB of JSON lines, against 3.8 s line by line. A full collection after ``gc.freeze()``: 0.03 ms.

Source: https://docs.python.org/3/library/gc.html#gc.freeze (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS437",
    name="collection-in-loop",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each ``gc.collect()`` in a loop."""
    for program in subject.programs:
        for call in program.calls_of("gc.collect"):
            if call.in_loop and not call.in_main:
                yield RULE.finding(
                    "each turn of the loop walks all objects that there are, 25 to 45 ms with an SDK loaded",
                    "drop the references instead, and gc.freeze() after init",
                    place=call.place,
                    subject=name_around(call.node, call.module),
                )
