"""A client or connection made anew in each invocation.

A client, a connection or a pool is made in the handler or in something that it calls, and nothing keeps it for the next
invocation.

*Why it costs.* Making it is the dear part: loading the service's description, the TLS handshake, the login. In the init
phase it is paid once per environment, and at full CPU; in the handler it is paid by every request.

*Use instead.* Make it at module level, or once by ``functools.cache`` or the kit's ``resource``. Where requests differ
(a region, a tenant), keep one of each in a dict. A session of aiohttp lives as long as its event loop: make one for all
requests of the loop.

*Evidence.* A boto3 client per invocation: 6 to 8 ms, kept: 0.3 to 0.4 (``bench/rules/hs401.py``); a database connection
3 ms on loopback, without TLS.

Source: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (2026-11-23)
"""

import ast
from collections.abc import Iterator

import msgspec

from headstart.audit.code.constancy import Way, varies
from headstart.audit.code.hoisting import Hoisting
from headstart.audit.code.makers import ASYNC_SESSIONS, AWS_CLIENTS, CONNECTIONS, SESSIONS
from headstart.audit.code.program import Call, Function, Module
from headstart.audit.code.syntax import constant
from headstart.audit.measured import WORK_IN_HANDLER, with_savings_there
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS401",
    name="client-made-per-invocation",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_KEPT = AWS_CLIENTS | CONNECTIONS
# These connect at first use, and again when a connection is lost; others want a check that the user has to write.
_CONNECT_LATER = frozenset(
    {
        *("redis.Redis", "redis.StrictRedis", "redis.client.Redis", "redis.Redis.from_url", "redis.from_url"),
        *("pymongo.MongoClient", "pymongo.mongo_client.MongoClient", "urllib3.PoolManager"),
    }
)
_SETTINGS = frozenset({"os.getenv", "os.environ.get", "botocore.config.Config", "botocore.client.Config", "str", "int"})
_MAY_CALL = AWS_CLIENTS | SESSIONS | _CONNECT_LATER | _SETTINGS
# A client that is closed, or whose own handlers are changed, is of the invocation.
_OWN_LIFE = frozenset({"close", "meta", "events", "disconnect"})
# Credentials that expire, and pools that are kept elsewhere.
_OF_THE_REQUEST = {"aws_access_key_id", "aws_session_token", "profile_name", "connection_pool"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each call that makes what could be kept; where it was measured, with what it costs."""
    seen: set[Call] = set()
    hoistings = {program: Hoisting(program, may_call=_MAY_CALL.__contains__) for program in subject.lambda_programs}
    for audited in subject.functions:
        for function, way in audited.repeated.items():
            for call in function.calls:
                if call not in seen and _is_repeated(call) and _is_wasted(call, function, way=way):
                    seen.add(call)
                    finding = _finding(call, way)
                    if audited.program and call.name in AWS_CLIENTS | _CONNECT_LATER:
                        finding = _with_edit(finding, call, hoisting=hoistings[audited.program])
                    yield with_savings_there(finding, audited, WORK_IN_HANDLER)


def _is_repeated(call: Call) -> bool:
    return not (call.is_memoised or call.is_lazy_global or call.in_except)


def _is_wasted(call: Call, function: Function, *, way: Way) -> bool:
    if call.name in ASYNC_SESSIONS:
        return call.in_loop or any(each.in_loop for each in way)
    if call.name in SESSIONS:
        makes = {f"{call.name}().client", f"{call.name}().resource"}
        return not any(each.name in makes for each in function.calls) and not _differs(call, function, way=way)
    return call.name in _KEPT and not _differs(call, function, way=way)


def _differs(call: Call, function: Function, *, way: Way) -> bool:
    """Whether it may be another one for each request."""
    given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    if any(keyword.arg in _OF_THE_REQUEST for each in _chain(call, function) for keyword in each.node.keywords):
        return True
    return any(varies(argument, function, way=way) for argument in [call.node.func, *given])


def _chain(call: Call, function: Function) -> list[Call]:
    """The call, and for a client of a session the calls in the function that made the session."""
    owner = call.name.rpartition("().")[0]
    return [call, *(each for each in function.calls if owner and each.name == owner)]


def _finding(call: Call, way: Way) -> Finding:
    through = " > ".join(each.target.name for each in way if each.target is not None)
    what = call.name.replace("().", ".")
    if call.name in ASYNC_SESSIONS:
        return RULE.finding(
            f"{what} is called for each request, not once for all of them: no connection is used twice",
            "make one session around the loop and hand it to each request",
            place=call.place,
            subject=what,
        )
    return RULE.finding(
        f"{what} is called in every invocation" + (f", by {through}" if through else ""),
        "make it once, at module level or under functools.cache, and use it again",
        place=call.place,
        subject=what,
    )


def _with_edit(finding: Finding, call: Call, *, hoisting: Hoisting) -> Finding:
    """The finding with the edit that makes the client at module level. One of an AWS client is safe, unless it needs a
    variable that may be missing, or makes a resource, which several threads may not share."""
    function = call.in_function
    if function is None or call.is_entered or any(_has_own_life(use, call.module) for use in _uses(call, function)):
        return finding
    session = _session(call, function)
    of_session = hoisting.of_value(session.node, function, stem="session") if session else None
    if session and (of_session is None or any(_has_own_life(use, call.module) for use in _uses(session, function))):
        return finding
    service = constant(call.argument("service_name", 0)) if call.name in AWS_CLIENTS else call.name.partition(".")[0]
    kind = "resource" if call.name.endswith("resource") else "client"
    edit = hoisting.of_value(call.node, function, stem=f"{service or 'aws'}_{kind}")
    is_safe = call.name in AWS_CLIENTS and kind == "client" and "[" not in ast.unparse(call.node)
    edits = tuple(each for each in (of_session, edit) if each is not None)
    return msgspec.structs.replace(finding, edits=edits, is_safe=is_safe) if edit else finding


def _session(call: Call, function: Function) -> Call | None:
    """The session that the function makes for a client, and gives a name."""
    owner = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    made = call.module.bindings.value(owner) if isinstance(owner, ast.Name) else None
    found = call.module.call_of.get(made) if isinstance(made, ast.Call) else None
    return found if found is not None and found.name in SESSIONS and found.in_function is function else None


def _uses(call: Call, function: Function) -> list[ast.expr]:
    """The call itself, and where the function reads the name that it gives to it."""
    around = next(call.module.nodes.around(call.node))
    targets = around.targets if isinstance(around, ast.Assign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [call.node, *(read for name in names for read in call.module.bindings.reads(function.node, name))]


def _has_own_life(use: ast.expr, module: Module) -> bool:
    outer = next(module.nodes.around(use))
    if isinstance(outer, ast.Attribute):
        return outer.attr in _OWN_LIFE or not isinstance(outer.ctx, ast.Load)
    return isinstance(outer, ast.withitem | ast.Delete)
