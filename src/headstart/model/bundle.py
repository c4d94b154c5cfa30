"""What a bundle is made by, and what came of it: the package of a function as it is deployed."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from headstart.errors import ConfigError, InvalidValueError
from headstart.model.deferral_result import DeferralResult
from headstart.model.function import InitializationType
from headstart.model.installed import normalized
from headstart.model.preloading import PreloadResult
from headstart.model.proof import Verdict
from headstart.model.runtime_packages import RUNTIME_DISTRIBUTIONS
from headstart.model.side_archive import SideArchive

_PINNED: Final = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[\w.!+-]+)")


# In each bundle: what it is for, and that it may be written over.
MARK: Final = ".headstart-bundle.json"
# Under this environment variable a bundle defers nothing and preloads nothing.
EAGER: Final = {"HEADSTART_DEFERRAL": "off"}


class DeferralFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How many imports of a bundle are deferred, by how many events, and the verdict of the proof."""

    imports: int
    events: int
    proof: Verdict | None


class BundleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says of itself, in the file ``MARK``. ``preloaded`` counts what it does in init that first
    invocations would do else."""

    runtime: str
    architecture: str
    handler: str
    distributions: tuple[str, ...] = ()
    deferral: DeferralFacts | None = None
    preloaded: int = 0

    @property
    def is_optimized(self) -> bool:
        """Whether it does anything that it does not under ``EAGER``."""
        return self.deferral is not None or self.preloaded > 0


class BundleFormat(StrEnum):
    """What is written: a zip for Lambda, the same as a folder, or a folder to build a container image from."""

    ZIP = "zip"
    DIR = "dir"
    IMAGE = "image"


class BundleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[bundle]`` of headstart.toml.

    ``keep`` and ``prune`` are patterns of paths in the package (``*`` crosses folders), of which ``keep`` wins.
    ``build`` are packages without a wheel that may be built, which works for pure Python. ``runtime_packages`` is what
    the deployed runtime brings along, as ``boto3==1.44.5``: what is pinned equal is not shipped. Without ``sources``
    only bytecode is. ``volatile`` are patterns of values of the function, as a proof names them, that are never the
    same twice and need not be for imports to be deferred.

    By recorded events, ``defer`` puts off imports, ``preload`` does in init what first invocations would, under
    ``initialization`` where that is not plain from what is declared, and ``side_archive`` moves modules that are never
    loaded into an archive.

    Raises:
        ConfigError: a package that is not pinned, or that Lambda's runtimes have not.
        InvalidValueError: there is no such initialization type.
    """

    keep: tuple[str, ...] = ()
    prune: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    runtime_packages: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    sources: bool = True
    defer: bool = False
    preload: bool = False
    side_archive: bool = False
    initialization: str | None = None

    @property
    def is_optimized(self) -> bool:
        """Whether it depends on events."""
        return self.defer or self.preload or self.side_archive

    @property
    def of_content(self) -> "BundleSettings":
        """What of them decides which files are shipped."""
        return BundleSettings(
            keep=self.keep,
            prune=self.prune,
            build=self.build,
            runtime_packages=self.runtime_packages,
            sources=self.sources,
        )

    def __post_init__(self) -> None:
        if self.initialization not in (None, *InitializationType):
            allowed = ", ".join(InitializationType)
            raise InvalidValueError("initialization", self.initialization, allowed=allowed, hint="on-demand")
        for package in self.runtime_packages:
            pinned = _PINNED.fullmatch(package)
            if pinned is None or normalized(pinned["name"]) not in RUNTIME_DISTRIBUTIONS:
                raise ConfigError(
                    f"runtime_packages has {package!r}; allowed: NAME==VERSION of {', '.join(RUNTIME_DISTRIBUTIONS)}",
                    hint='runtime_packages = ["boto3==1.44.5"], as boto3.__version__ says in the deployed function',
                )


class BundleOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to write and where: ``output`` a file or a folder, ``layer`` a zip for the dependencies alone.

    ``deferral`` and ``preloaded`` are what the bundle is to say of itself. ``may_exceed``: it is only tried, and may be
    larger than Lambda allows.
    """

    output: Path
    format: BundleFormat = BundleFormat.ZIP
    layer: Path | None = None
    settings: BundleSettings = BundleSettings()
    is_forced: bool = False
    deferral: DeferralFacts | None = None
    preloaded: int = 0
    may_exceed: bool = False


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """What of ``owner`` (a distribution as ``numpy==2.4.6``, or ``your code``) is not shipped, and why.

    ``paths`` are files, and folders where all in them went; ``files`` and ``size_bytes`` count each file.
    """

    owner: str
    why: str
    paths: tuple[str, ...]
    files: int
    size_bytes: int


class Shrunk(msgspec.Struct, frozen=True, kw_only=True):
    """What of ``owner`` is shipped in fewer bytes: ``why`` names what its ``files`` have no longer in them."""

    owner: str
    why: str
    files: int
    saved_bytes: int


class Spared(msgspec.Struct, frozen=True, kw_only=True):
    """What looks as if it could go and stays: ``because`` names what needs it."""

    path: str
    because: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What was written to ``path``: the function, or its layer. ``zipped_bytes`` of a folder is None.

    ``digest`` is the SHA-256 of the zip, or of the names, modes and contents of the folder.
    """

    path: str
    files: int
    unzipped_bytes: int
    zipped_bytes: int | None
    digest: str


class BundleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was shipped and what was not.

    ``bytecode`` counts the modules that have it; ``not_compiled`` are those that this Python cannot compile, which may
    be written for another. ``other_layers_bytes`` are those of the layers that the function has beside, unzipped.
    ``said`` has a sentence for each thing to know before it is deployed.
    """

    runtime: str
    architecture: str
    format: BundleFormat
    function: Part
    layer: Part | None = None
    other_layers_bytes: int = 0
    distributions: tuple[str, ...] = ()
    bytecode: int = 0
    bytecode_bytes: int = 0
    not_compiled: tuple[str, ...] = ()
    removed: tuple[Removal, ...] = ()
    shrunk: tuple[Shrunk, ...] = ()
    spared: tuple[Spared, ...] = ()
    said: tuple[str, ...] = ()
    deferral: DeferralResult | None = None
    preload: PreloadResult | None = None
    archive: SideArchive | None = None

    @property
    def is_settled(self) -> bool:
        """Whether all that it was optimised by was proved to change nothing."""
        return all(each.is_settled for each in (self.deferral, self.preload, self.archive) if each is not None)

    @property
    def unzipped_bytes(self) -> int:
        """All that Lambda's limit counts: code and layers."""
        return self.function.unzipped_bytes + (self.layer.unzipped_bytes if self.layer else 0) + self.other_layers_bytes
