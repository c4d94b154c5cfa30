"""Where code reads variables of its environment, and the variables that Lambda sets."""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import constant

_READS = frozenset({"os.environ.get", "os.getenv", "os.environ.__getitem__"})

# Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-25), with what the runtime
# client, SnapStart, Managed Instances and SAM's local runner set beside it.
SET_BY_LAMBDA = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_EXEC_WRAPPER",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_LEVEL",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SAM_LOCAL",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)


def variables_read(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Each read of a variable whose name is spelt: the name, and the expression that reads it."""
    if "environ" not in module.source and "getenv" not in module.source:
        return
    for call in module.every_call():
        name = constant(call.argument("key", 0)) if call.name in _READS else None
        if isinstance(name, str):
            yield name, call.node
    for subscript in module.nodes.of(ast.Subscript):
        name = constant(subscript.slice)
        if isinstance(name, str) and isinstance(subscript.ctx, ast.Load) and _is_environ(subscript.value, module):
            yield name, subscript


def variables_set(module: Module) -> Iterator[str]:
    """The variables that a module's own code sets."""
    for subscript in module.nodes.of(ast.Subscript):
        name = constant(subscript.slice)
        if isinstance(name, str) and isinstance(subscript.ctx, ast.Store) and _is_environ(subscript.value, module):
            yield name
    for call in module.every_call():
        name = constant(call.argument("key", 0)) if call.name in {"os.environ.setdefault", "os.putenv"} else None
        if isinstance(name, str):
            yield name


def _is_environ(node: ast.expr, module: Module) -> bool:
    if isinstance(node, ast.Name):
        return module.imports.get(node.id) == "os.environ"
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ"
