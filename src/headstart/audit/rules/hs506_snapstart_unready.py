"""State in a snapshot that restored environments must not share.

SnapStart is on, and loading the code makes a unique id, draws a random number, seeds a generator, fetches a secret or
temporary credentials, or opens a connection. Connections and secrets are no finding when the program registers a hook
for after the restore.

*Why it costs.* Each environment that is restored from the snapshot has the same: ids that are not unique, the same
"random" numbers everywhere, a secret that was rotated since, credentials that have expired, a connection whose other
end is gone.

*Use instead.* Make it in the handler, or in a function registered with ``snapshot_restore_py.register_after_restore``.
For randomness ``random.SystemRandom`` or ``secrets``, in the handler.

*Evidence.* AWS's own description of what a snapshot keeps; no machine here restores snapshots as AWS does.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.code.program import Call, Function
from headstart.audit.imports import loaded_for
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS506",
    name="snapstart-unready",
    severity=Severity.WARNING,
    sees=frozenset({Sees.TEMPLATE, Sees.CODE}),
)
_UNIQUE = {
    **dict.fromkeys(("uuid.uuid1", "uuid.uuid4", "secrets.token_hex", "secrets.token_urlsafe"), "a unique id"),
    **dict.fromkeys(("secrets.token_bytes", "os.urandom"), "a unique id"),
    **dict.fromkeys(("random.random", "random.randint", "random.choice", "random.uniform"), "a random number"),
    **dict.fromkeys(("random.getrandbits", "random.randrange", "random.sample"), "a random number"),
    **dict.fromkeys(("random.seed", "random.Random", "numpy.random.default_rng", "numpy.random.seed"), "a seed"),
}
_AGEING = {
    "boto3.client().get_secret_value": "a secret",
    "boto3.client().assume_role": "temporary credentials",
    "boto3.client().get_session_token": "temporary credentials",
    **dict.fromkeys(("psycopg2.connect", "psycopg.connect", "pymysql.connect", "MySQLdb.connect"), "a connection"),
    **dict.fromkeys(("psycopg2.pool.SimpleConnectionPool", "psycopg2.pool.ThreadedConnectionPool"), "connections"),
    **dict.fromkeys(("socket.create_connection", "pymongo.MongoClient", "pg8000.connect"), "a connection"),
}
_HOOK = "register_after_restore"


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each call that makes such state while the code is loaded."""
    for function in subject.functions:
        if function.declared is None or not function.declared.has_snap_start:
            continue
        kept = _UNIQUE if _has_hook(function) else _UNIQUE | _AGEING
        for call, made_at in _calls_in_init(function):
            if what := kept.get(call.name):
                yield RULE.finding(
                    f"{call.name} makes {what} in init, and every environment restored from the snapshot has the same",
                    "make it in the handler, or in a function registered with register_after_restore",
                    place=made_at.place,
                    subject=function.declared.id,
                )


def _has_hook(function: AuditedFunction) -> bool:
    return any(module.mentions(_HOOK) for module in loaded_for(function))


def _calls_in_init(function: AuditedFunction) -> Iterator[tuple[Call, Call]]:
    """Calls that loading the code makes, and the module's own statement that leads to each."""
    for module in loaded_for(function):
        for start in module.calls:
            if start.in_main:
                continue
            yield start, start
            yield from ((call, start) for call in _below(start.target))


def _below(function: Function | None) -> Iterator[Call]:
    """The calls of a function of the program and of those that it calls."""
    waiting, seen = [function] if function else [], {function}
    while waiting:
        for call in waiting.pop().calls:
            yield call
            if call.target is not None and call.target not in seen:
                seen.add(call.target)
                waiting.append(call.target)
