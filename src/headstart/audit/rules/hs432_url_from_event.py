"""A URL of the event is fetched, whatever it is.

*Why it costs.* The caller sends the function where only the function may go: to services in the VPC, to the runtime API
on 127.0.0.1:9001, to credentials in /proc by ``file:``. What is there comes back in the answer.

*Use instead.* A list of the origins that may be called, held against scheme, host and port after parsing, and again for
each redirect; the kit's ``HttpClient(allow=...)``.

*Evidence.* The course's processor fetches any URL that a caller names (D83).

Source: https://cwe.mitre.org/data/definitions/918.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.code.fetches import fetches_of_event_urls
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS432",
    name="url-from-event",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
# Words of code that looks at a URL before it is used.
_CHECKS = ("urlparse", "urlsplit", "hostname", "allow", "ALLOW", ".startswith(", "fullmatch", "ip_address", "HttpUrl")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each fetch, in code that has no word of a check."""
    for lambda_function in subject.functions:
        event = lambda_function.from_event
        if event is not None and not any(module.mentions(*_CHECKS) for module in event.modules()):
            for function, call in fetches_of_event_urls(event):
                yield RULE.finding(
                    f"{call.name} goes wherever the event says, also to what only the function may reach",
                    "hold scheme, host and port against a list of allowed origins; headstart_kit.HttpClient does",
                    place=call.place,
                    subject=function.full_name,
                )
