"""What the process can know of the execution environment that it runs in, from the variables that Lambda sets.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (2026-11-23).
"""

from __future__ import annotations

import os

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (2026-11-23): one vCPU at 1,769 MB.
MEMORY_MB_PER_VCPU = 1769


def on_lambda() -> bool:
    """Whether this is Lambda (or the local engine that imitates it)."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def initialization_type() -> str:
    """``on-demand``, ``provisioned-concurrency``, ``snap-start`` or ``lambda-managed-instances``; outside of Lambda
    ``local``."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand" if on_lambda() else "local")


def memory_mb() -> int | None:
    """The function's memory size in MB (1024 × 1024 bytes); None outside of Lambda."""
    size = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    return int(size) if size.isdigit() else None


def concurrency() -> int:
    """Invocations that share this environment's memory and CPU: 1, but for Lambda Managed Instances."""
    given = os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "")
    return max(1, int(given)) if given.isdigit() else 1


def vcpus() -> float:
    """The vCPUs that this process can use at a time: memory / 1,769 on Lambda, whatever ``os.cpu_count`` says there;
    the machine's own outside of it."""
    size_mb = memory_mb()
    if size_mb is None:
        return float(os.cpu_count() or 1)
    return size_mb / MEMORY_MB_PER_VCPU / concurrency()
