"""The baseline: a file of old findings, which are not reported again until what they are about changes."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from headstart.errors import ConfigError
from headstart.model.finding import Finding

_FORMAT = 1


class _Known(msgspec.Struct, frozen=True):
    """``rule``, ``file`` and ``message`` are for readers of the file; the fingerprint decides."""

    fingerprint: str
    rule: str
    file: str
    message: str


class _Baseline(msgspec.Struct, frozen=True):
    format: int
    findings: tuple[_Known, ...]


def encode(findings: Iterable[Finding]) -> bytes:
    """The text of a baseline that knows ``findings``, sorted so that two of them compare well."""
    known = sorted(
        (_Known(each.fingerprint, each.rule, each.place.file, each.message) for each in findings),
        key=lambda each: (each.file, each.rule, each.fingerprint),
    )
    return msgspec.json.format(msgspec.json.encode(_Baseline(_FORMAT, tuple(known)))) + b"\n"


def read(path: Path) -> frozenset[str]:
    """The fingerprints in the baseline at ``path``.

    Raises:
        ConfigError: it cannot be read, or is no baseline of this version.
    """
    hint = f"headstart audit PATH --write-baseline {path}"
    try:
        baseline = msgspec.json.decode(path.read_bytes(), type=_Baseline)
    except OSError as error:
        raise ConfigError(f"baseline {path} cannot be read: {error.strerror}", hint=hint) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not a baseline: {error}", hint=hint) from error
    if baseline.format != _FORMAT:
        raise ConfigError(f"{path} has format {baseline.format}; this version reads format {_FORMAT}", hint=hint)
    return frozenset(known.fingerprint for known in baseline.findings)
