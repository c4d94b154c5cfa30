"""The whole body of a response from a URL of the event is read.

*Why it costs.* Who answers decides how much memory the function takes: a body of the function's memory size kills the
environment, and the caller of the next invocation waits for a new one.

*Use instead.* Read up to a limit: ``await response.content.read(limit)``, ``stream=True`` with ``iter_content``,
``response.read(limit)``. The kit's ``HttpClient`` caps a body while it arrives.

*Evidence.* The course's processor reads whatever comes, from wherever the caller says (D83).

Source: https://cwe.mitre.org/data/definitions/770.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.fetches import fetches_of_event_urls
from headstart.audit.code.program import Call, Function
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS434",
    name="response-read-without-limit",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_READS = frozenset({"text", "read", "json", "content", "data", "body"})
# Words of code that caps what it reads.
_CAPS = ("iter_content", "iter_bytes", "iter_chunked", "iter_any", "ontent-Length", "ontent-length", "content_length")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such response, where its body is read."""
    for lambda_function in subject.functions:
        if lambda_function.from_event:
            for function, call in fetches_of_event_urls(lambda_function.from_event):
                body = None if any(word in function.module.source for word in _CAPS) else _body(call, function)
                if body is not None:
                    yield RULE.finding(
                        f"{ast.unparse(body)} reads all that whoever the event names sends",
                        "read up to a limit; headstart_kit.HttpClient caps a body while it arrives",
                        place=function.module.at(body),
                        subject=function.full_name,
                    )


def _body(call: Call, function: Function) -> ast.expr | None:
    """The attribute, or the call without a size, that reads the body of what ``call`` gives."""
    attributes = (node for node in ast.walk(function.node) if isinstance(node, ast.Attribute))
    for node in attributes:
        if node.attr in _READS and _is_response(node.value, call, function=function):
            stream = next(function.module.nodes.around(node), None)
            read = stream if isinstance(stream, ast.Attribute) and stream.attr == "read" else node
            outer = next(function.module.nodes.around(read), None)
            if not isinstance(outer, ast.Call) or outer.func is not read:
                return read
            return None if outer.args or outer.keywords else outer
    return None


def _is_response(node: ast.expr, call: Call, *, function: Function) -> bool:
    value = function.module.bindings.value(node) if isinstance(node, ast.Name) else node
    while isinstance(value, ast.Await):
        value = value.value
    return value is call.node
