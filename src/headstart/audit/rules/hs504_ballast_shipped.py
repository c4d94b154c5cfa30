"""Tests, stubs, sources of C code or documentation in a package.

They make up a megabyte or more, and a twentieth or more, of what is shipped. Information.

*Why it costs.* It counts against the 250 MB that code and layers may have unzipped, and is uploaded with every
deployment. A cold start does not read it.

*Use instead.* ``headstart bundle``; or leave out tests folders, .pyi, .c, .pyx and .h. Keep .dist-info folders, which
importlib.metadata reads, and what is imported: numpy.testing is no test.

*Evidence.* Without them pandas' package shrank from 148 to 93 MB, scikit-learn's from 275 to 193 (and 3 to 17 MB of it
by strip, which broke 3 of 5: do not strip). How much sooner it starts cannot be measured here.

Source: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (2026-11-23)
"""

import re
from collections import Counter
from collections.abc import Iterator

from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Place

RULE = Rule(id="HS504", name="ballast-shipped", severity=Severity.INFO, sees=frozenset({Sees.PACKAGE}))
_BALLAST = re.compile(r"(?:.*/)?tests?/.*|.*\.(?:pyi|pyx|pxd|c|cpp|h|hpp)|(?:.*/)?docs?/.*\.(?:rst|md|html|png)")
_MB = 1024 * 1024
_WORTH_RATIO = 0.05


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, at its code."""
    for function in subject.functions:
        contents = function.contents
        if contents is None or not contents.distributions:
            continue
        sizes: Counter[str] = Counter()
        for file in contents.files:
            if _BALLAST.fullmatch(file.name):
                sizes[file.name.partition("/")[0]] += file.size_bytes
        total_bytes = sum(file.size_bytes for file in contents.files)
        if sizes.total() >= max(_MB, _WORTH_RATIO * total_bytes):
            largest = ", ".join(f"{name} {size / _MB:,.1f} MB" for name, size in sizes.most_common(3))
            yield RULE.finding(
                f"{sizes.total() / _MB:,.1f} of {total_bytes / _MB:,.1f} MB are tests, stubs, C sources or docs "
                f"(most: {largest})",
                "leave them out of the package",
                place=Place(str(contents.root)),
                subject=function.name,
            )
