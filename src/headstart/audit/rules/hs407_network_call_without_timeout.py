"""A network call that waits for ever, or longer than the function may run.

A call is made without a timeout by a library that has none by itself; or its timeout is not below the function's.

*Why it costs.* When the other side does not answer, the invocation waits until Lambda ends it: every second is billed,
the environment is thrown away, nothing is logged about the cause, and the concurrency is taken up meanwhile.

*Use instead.* A timeout well below the function's, so that there is time left to answer: ``timeout=(3, 10)``. The kit's
clients take it from the time that remains.

*Evidence.* ``requests``, ``urllib.request``, ``http.client``, ``smtplib`` and ``psycopg2.connect`` have no timeout by
default; redis-py 8.1 took 57.8 s to fail against a stopped server, with a timeout of 0.25 s and one retry 0.50 s.

Source: https://rules.sonarsource.com/python/RSPEC-7618 (2026-11-23)
"""

import ast
from collections.abc import Iterator, Mapping

import msgspec

from headstart.audit.code.program import Call, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS407",
    name="network-call-without-timeout",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)


class _Timeout(msgspec.Struct, frozen=True):
    """Where a call takes its timeout."""

    name: str = "timeout"
    position: int | None = None


_REQUESTS = ("get", "options", "head", "post", "put", "patch", "delete", "request")
_SESSIONS = ("requests.Session()", "requests.session()", "requests.sessions.Session()")
_WITHOUT: Mapping[str, _Timeout] = {
    **{f"requests.{method}": _Timeout() for method in _REQUESTS},
    **{f"{session}.{method}": _Timeout() for session in _SESSIONS for method in _REQUESTS},
    "urllib.request.urlopen": _Timeout(position=2),
    "http.client.HTTPConnection": _Timeout(position=2),
    "http.client.HTTPSConnection": _Timeout(),
    "socket.create_connection": _Timeout(position=1),
    "smtplib.SMTP": _Timeout(position=3),
    "smtplib.SMTP_SSL": _Timeout(),
    "ftplib.FTP": _Timeout(position=4),
    "psycopg2.connect": _Timeout("connect_timeout"),
}
_OF_SOCKETS = ("urllib.", "http.", "socket.", "smtplib.", "ftplib.")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each call of an invocation, or of the init phase, without a timeout or with one too long."""
    limits_s = _limits_s(subject)
    for program in subject.lambda_programs:
        for call in program.calls_of(*_WITHOUT):
            runs = call.in_function in subject.invoked if call.in_function else not call.in_main
            if runs and not call.has_unpacked_arguments and (what := _fault(call, program, limits_s=limits_s)):
                yield RULE.finding(
                    f"{call.name.replace('().', '.')} {what}",
                    f"give it {_WITHOUT[call.name].name}= well below the function's timeout",
                    place=call.place,
                    subject=call.in_function.full_name if call.in_function else call.module.name,
                )


def _limits_s(subject: Subject) -> dict[int, int]:
    """The longest timeout of the functions that run a program, by the program's identity."""
    found: dict[int, int] = {}
    for audited in subject.functions:
        if audited.program is not None and audited.declared is not None and audited.declared.timeout_s:
            key = id(audited.program)
            found[key] = max(found.get(key, 0), audited.declared.timeout_s)
    return found


def _fault(call: Call, program: Program, *, limits_s: Mapping[int, int]) -> str:
    """What is wrong with the timeout of a call; empty when nothing is, or it is not known."""
    where = _WITHOUT[call.name]
    given = call.argument(where.name, where.position)
    if given is None:
        is_set = _is_set_elsewhere(call, program)
        return "" if is_set else "has no timeout: without an answer it waits until Lambda ends the invocation"
    value = given.value if isinstance(given, ast.Constant) else 0
    if value is None:
        return "is told to wait for ever: without an answer Lambda ends the invocation"
    limit_s = limits_s.get(id(program))
    if limit_s is not None and isinstance(value, int | float) and value >= limit_s:
        return f"waits {value} s, and the function is ended after {limit_s} s"
    return ""


def _is_set_elsewhere(call: Call, program: Program) -> bool:
    modules = program.modules.values()
    if call.name.startswith(_OF_SOCKETS):
        return any(module.mentions("setdefaulttimeout") for module in modules)
    if call.name.startswith(_SESSIONS):
        return any(module.mentions("HTTPAdapter", "functools.partial", "partial(") for module in modules)
    if call.name == "psycopg2.connect":
        texts = (node.value for node in ast.walk(call.node) if isinstance(node, ast.Constant))
        is_in_text = any(isinstance(text, str) and "connect_timeout" in text for text in texts)
        return is_in_text or any(module.mentions("PGCONNECT_TIMEOUT") for module in modules)
    return False
