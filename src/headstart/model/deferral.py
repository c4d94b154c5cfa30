"""Imports that a bundle puts off until what they bind is used, and what was learnt of them by replaying events."""

import msgspec


class DeferrableImport(msgspec.Struct, frozen=True, kw_only=True):
    """One name that an import statement at the top level of a module binds, and whose import may be put off.

    ``path`` is the module's file in the package, as ``botocore/session.py``. ``text`` is the import of this name alone,
    as ``from .exceptions import UnknownServiceError``; ``module`` the full name of the module that it imports from, and
    ``attribute`` what it takes from there, empty for ``import a.b``. ``binds`` is the name in the importing module.
    ``distribution`` is as in ``boto3==1.43.53``, or ``your code``.
    """

    path: str
    line: int
    column: int
    text: str
    module: str
    attribute: str = ""
    binds: str
    distribution: str = ""

    @property
    def key(self) -> str:
        """What it is called in headstart.lock.json and in logs."""
        return f"{self.path}:{self.line}:{self.column}"
