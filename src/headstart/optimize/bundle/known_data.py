"""What is known of data that packages ship: which of it a function needs only if it asks by a name.

Some of it costs init: matplotlib reads 30 styles when it is imported.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from headstart.model.bundle import Spared
from headstart.optimize.bundle.listing import OWN_CODE, Listing, name_of


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The files ``paths`` of ``package``. Who needs them has ``asked`` in its text: the function's code, settings, and
    what of other distributions speaks of the package. Where the function's code has ``may_ask``, nobody can tell."""

    package: str
    why: str
    paths: re.Pattern[str]
    asked: re.Pattern[bytes]
    may_ask: re.Pattern[bytes] | None = None


_SETTINGS: Final = re.compile(r"(?:.*/)?(?:matplotlibrc|[^/]+\.mplstyle)")
KNOWN: Final = (
    # "fast" stays: a folder must be there.
    Known(
        package="matplotlib",
        why="styles that no module takes",
        paths=re.compile(r"matplotlib/mpl-data/stylelib/(?!fast\.)[^/]+\.mplstyle"),
        asked=re.compile(
            rb"\bstyle\.(?:use|context|library|available|core|reload)|\b(?:plt|pyplot|matplotlib|mpl)\.style\b"
            rb"|(?:pyplot|matplotlib) import [^#\n]*\bstyle\b|mplstyle|stylelib"
        ),
    ),
    Known(
        package="matplotlib",
        why="data of examples",
        paths=re.compile(r"matplotlib/mpl-data/sample_data/.*"),
        asked=re.compile(rb"sample_data"),
    ),
)


def needless(files: Listing) -> tuple[Mapping[str, str], tuple[Spared, ...]]:
    """The files that nothing asks for, each with why, and what stays because something does."""
    going: dict[str, str] = {}
    spared: list[Spared] = []
    for known in KNOWN:
        paths = paths_of(known, files)
        asker = asker_of(known, files) if paths else None
        if asker is None:
            going |= dict.fromkeys(paths, known.why)
        else:
            spared.append(Spared(path=paths[0].rpartition("/")[0], because=asker))
    return going, tuple(spared)


def paths_of(known: Known, files: Listing) -> list[str]:
    """The files that it is about."""
    return [path for path in files.sizes if known.paths.fullmatch(path) and name_of(files.owner(path)) == known.package]


def asker_of(known: Known, files: Listing) -> str | None:
    """The first module or settings that ask for them."""
    return next((path for path in files.sizes if _asks(files, path, known=known)), None)


def _asks(files: Listing, path: str, *, known: Known) -> bool:
    owner = files.owner(path)
    if name_of(owner) == known.package or not (path.endswith(".py") or _SETTINGS.fullmatch(path)):
        return False
    content = files.read(path)
    if known.asked.search(content):
        return owner == OWN_CODE or known.package.encode() in content or not path.endswith(".py")
    return owner == OWN_CODE and known.may_ask is not None and known.may_ask.search(content) is not None
