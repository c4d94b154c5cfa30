"""What a function can import without shipping it: the standard library, and what AWS's Python runtimes bring along."""

import sys
from collections.abc import Mapping
from typing import Final

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html (2026-11-23): the SDK for Python is in all supported
# runtimes; with it comes what boto3 1.44 and awslambdaric 4.2 require.
RUNTIME_DISTRIBUTIONS: Final[Mapping[str, str]] = {
    "awslambdaric": "awslambdaric",
    "boto3": "boto3",
    "botocore": "botocore",
    "jmespath": "jmespath",
    "python-dateutil": "dateutil",
    "s3transfer": "s3transfer",
    "simplejson": "simplejson",
    "six": "six",
    "snapshot-restore-py": "snapshot_restore_py",
    "urllib3": "urllib3",
}
# The SDK's part, of which packages ship copies; awslambdaric and what it needs belong to AWS alone.
SDK_DISTRIBUTIONS: Final = frozenset(
    {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}
)
# In some of the runtimes, so that nothing can be said about who imports them.
_PERHAPS: Final = frozenset({"pip", "setuptools", "pkg_resources", "wheel"})

# https://docs.python.org/3/whatsnew/3.12.html#removed and 3.13, 3.14 (2026-11-23): top-level modules by minor version.
_REMOVED: Final = {
    12: frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"}),
    13: frozenset(
        {
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "lib2to3",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
        }
        | {"ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"}
    ),
}
_ADDED: Final = {9: frozenset({"graphlib", "zoneinfo"}), 11: frozenset({"tomllib"}), 14: frozenset({"compression"})}
_EVER: Final = frozenset(sys.stdlib_module_names).union(*_REMOVED.values(), *_ADDED.values())


def is_in_runtime(module: str, runtime: str) -> bool:
    """Whether the top-level ``module`` is there in AWS's ``runtime`` (``python3.13``) without being shipped.

    True, too, for what only some images of the runtime have.
    """
    if module in RUNTIME_DISTRIBUTIONS.values() or module in _PERHAPS:
        return True
    return module in _EVER and not was_removed(module, runtime) and not _is_yet_to_come(module, runtime)


def was_removed(module: str, runtime: str) -> bool:
    """Whether an older Python had ``module`` in its standard library and that of ``runtime`` no longer has."""
    return any(module in names and _minor(runtime) >= minor for minor, names in _REMOVED.items())


def _is_yet_to_come(module: str, runtime: str) -> bool:
    return any(module in names and _minor(runtime) < minor for minor, names in _ADDED.items())


def _minor(runtime: str) -> int:
    return int(runtime.rpartition(".")[2])
