"""A client of PostgreSQL, MySQL or Redis in a function outside any VPC.

Code that the handler loads imports such a client, and the function has no VpcConfig. When its environment names a
database of the same template, or an address of RDS or ElastiCache, the finding is a warning.

*Why it costs.* Databases are private in most accounts. From outside the VPC a connection is not refused, it is never
answered: each invocation waits until the client gives up or the function's timeout ends it, and is paid for that long.

*Use instead.* VpcConfig with private subnets and a security group that the database lets in; for many environments RDS
Proxy before it. A database with an address of its own on the internet (Neon, Redis Cloud) needs none.

*Evidence.* psycopg2 has no connect_timeout by itself; the default timeout of redis-py 8.1 is 5 s (read 2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (2026-11-25)
"""

import re
from collections.abc import Iterator

import msgspec

from headstart.audit.declared import is_unset
from headstart.audit.imports import Imported, imports_of, loaded_for
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Symbolic

RULE = Rule(id="HS310", name="database-without-vpc", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE, Sees.CODE}))
_CLIENTS = {
    "aiomysql": "MySQL",
    "asyncpg": "PostgreSQL",
    "mysql": "MySQL",
    "MySQLdb": "MySQL",
    "pg8000": "PostgreSQL",
    "psycopg": "PostgreSQL",
    "psycopg2": "PostgreSQL",
    "pymysql": "MySQL",
    "redis": "Redis",
    "valkey": "Valkey",
}
_PRIVATE_TYPES = ("AWS::RDS::", "AWS::ElastiCache::", "AWS::MemoryDB::", "AWS::DocDB::")
_PRIVATE = re.compile(
    r"\.(?:rds|cache|memorydb)\.[\w.-]*amazonaws\.com|(?:^|[@/])(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+"
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, at the first import of a client."""
    for function in subject.functions:
        declared, infrastructure = function.declared, function.infrastructure
        if declared is None or infrastructure is None or not is_unset(infrastructure, declared.resource, "VpcConfig"):
            continue
        imported = next(_clients(function), None)
        if imported is not None:
            where = _private(infrastructure, declared)
            finding = RULE.finding(
                f"{declared.id} is in no VPC and uses {_CLIENTS[imported.top_level]}"
                + (f", at {where}: nothing there answers it" if where else ": is it reachable from the internet?"),
                "give the function a VpcConfig with subnets and a security group that the database lets in",
                place=imported.module.at(imported.node),
                subject=declared.id,
            )
            yield msgspec.structs.replace(finding, severity=Severity.WARNING) if where else finding


def _clients(function: AuditedFunction) -> Iterator[Imported]:
    for module in loaded_for(function):
        yield from (imported for imported in imports_of(module) if imported.top_level in _CLIENTS)


def _private(infrastructure: Infrastructure, function: DeclaredFunction) -> str:
    """The private address in the environment, or the logical id of the database that it names; empty without one."""
    for value in function.environment.values():
        if isinstance(value, Symbolic):
            resources = (infrastructure.resources.get(id_) for id_ in value.refers_to)
            for resource in resources:
                if resource is None or not resource.type.startswith(_PRIVATE_TYPES):
                    continue
                if resource.get("PubliclyAccessible") is None:
                    return resource.id
        elif isinstance(value, str) and (found := _PRIVATE.search(value)):
            return found.group().strip("@/.")
    return ""
