"""What Lambda's limits say of a bundle."""

from collections.abc import Iterator, Mapping
from typing import Final

from headstart.errors import PackageError
from headstart.model import limits
from headstart.model.bundle import BundleFormat, BundleResult

_MB: Final = 1024 * 1024
_SHOWN_MAX: Final = 5


def require_fit(result: BundleResult, sizes: Mapping[str, int], *, source_bytes: int) -> None:
    """Refuse what Lambda would; ``sizes`` are bytes by distribution, ``source_bytes`` those of what has bytecode too.

    Raises:
        PackageError: code and layers are too large unzipped.
    """
    over_bytes = result.unzipped_bytes - limits.PACKAGE_UNZIPPED_MB_MAX * _MB
    if result.format is BundleFormat.IMAGE or over_bytes <= 0:
        return
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_MAX]
    shown = ", ".join(f"{owner} {size_bytes / _MB:,.1f} MB" for owner, size_bytes in largest)
    layers = f", {result.other_layers_bytes / _MB:,.1f} MB of it layers" if result.other_layers_bytes else ""
    raise PackageError(
        f"the bundle is {result.unzipped_bytes / _MB:,.1f} MB unzipped{layers}; allowed: at most "
        f"{limits.PACKAGE_UNZIPPED_MB_MAX} MB, code and layers together. Largest, without the "
        f"{result.bytecode_bytes / _MB:,.1f} MB of bytecode: {shown}",
        hint=_way_out(source_bytes, over_bytes),
    )


def _way_out(source_bytes: int, over_bytes: int) -> str:
    if source_bytes > over_bytes:
        return f"--no-sources saves {source_bytes / _MB:,.1f} MB, and the lines of code in tracebacks"
    return "--format image: a container image may have 10 GB"


def doubts(result: BundleResult) -> Iterator[str]:
    """A sentence for each thing to know of its size before it is deployed."""
    for part in (result.function, result.layer):
        zipped_mb = (part.zipped_bytes or 0) / _MB if part else 0
        if part is not None and zipped_mb > limits.PACKAGE_ZIPPED_MB_MAX:
            yield (
                f"{part.path} has {zipped_mb:,.1f} MB: more than {limits.PACKAGE_ZIPPED_MB_MAX} MB cannot be uploaded "
                "directly, only through S3, as the CDK and SAM do"
            )
