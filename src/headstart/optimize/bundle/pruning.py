"""Decides what of a package is not shipped: what cannot matter to a function that runs, and why.

No rule takes a module that another names, nor what the code of the same distribution speaks of; licences stay.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final

import msgspec

from headstart.model.bundle import MARK, BundleSettings, Removal, Spared
from headstart.model.installed import normalized
from headstart.optimize.bundle import known_data, metadata, references
from headstart.optimize.bundle.listing import OWN_CODE, Listing

WHY_TESTS: Final = "tests that no module imports"
_WHY_IN_RUNTIME: Final = "the runtime has"
WHY_INFRASTRUCTURE: Final = "infrastructure beside the code"
WHY_ASKED: Final = "[bundle] prune"
_LICENCE: Final = re.compile(
    r"(?:.*/)?[^/]*(?:licen[cs]e|copying|copyright|notice|authors|patents)[^/]*", re.IGNORECASE
)
_IN_DIST_INFO: Final = re.compile(r"[^/]+\.dist-info/.*")
_TESTS: Final = re.compile(r"(?P<place>(?:[^/]+/)*?(?:tests?(?=/)|conftest\.py$))")
_COMPILED_FROM: Final = "c|cc|cpp|cxx|h|hh|hpp|hxx|pyx|pxd|pxi|f|f90|a|o|la|pc|cmake"
_DOCUMENTS: Final = "md|rst|txt|html|css|png|svg|jpe?g|gif|pdf|ipynb|adoc"


class _Rule(msgspec.Struct, frozen=True):
    """Takes the files whose path is ``paths``, of owners whose modules do not have ``unless`` in their text."""

    why: str
    paths: re.Pattern[str]
    unless: re.Pattern[bytes] | None = None


_OF_DEPENDENCIES: Final = (
    _Rule("bytecode from elsewhere", re.compile(r"(?:.*/)?__pycache__/.*")),
    _Rule(
        "type stubs",
        re.compile(r"(?:.*/)?(?:[^/]+\.pyi|py\.typed)"),
        re.compile(rb"attach_stub|\.pyi['\"]|py\.typed['\"]"),
    ),
    _Rule(
        "what compiled code was made from",
        re.compile(rf"(?:.*/)?[^/]+\.(?:{_COMPILED_FROM})"),
        re.compile(rf"\.(?:{_COMPILED_FROM})['\"]".encode()),
    ),
    _Rule(
        "for other systems",
        re.compile(r"(?:.*/)?[^/]+\.(?:exe|bat|ps1|pyd|dylib|lib)"),
        re.compile(rb"\.(?:exe|bat|ps1|pyd|dylib|lib)['\"]"),
    ),
    _Rule(
        "documentation",
        re.compile(rf"(?:share/(?:man|doc)/.*|(?:.*/)?docs?/(?:.*/)?[^/]+\.(?:{_DOCUMENTS}))"),
        re.compile(rb"['\"/]docs?['\"/]"),
    ),
    _Rule(
        "documentation",
        re.compile(r"(?:.*/)?(?:README|CHANGE[SL]\w*|HISTORY|CONTRIBUTING|NEWS)(?:\.(?:md|rst|txt))?"),
        re.compile(rb"README|CHANGE[SL]|HISTORY|CONTRIBUTING|NEWS"),
    ),
)
# Not headstart.toml: by it a bundle, or the asset of an app, is run as its code is.
_PROJECT_FILES: Final = _Rule(
    "files of the project",
    re.compile(
        r"requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|uv\.lock|poetry\.lock|Pipfile(?:\.lock)?"
        r"|setup\.cfg|tox\.ini|Makefile|Dockerfile|\.(?:docker|git)ignore|\.gitattributes|\.python-version|\.DS_Store"
        r"|\.pre-commit-config\.yaml|samconfig\.toml|(?:README|CHANGELOG|CONTRIBUTING)\.(?:md|rst)"
        r"|(?:\.github|\.idea|\.vscode|\.hypothesis|\.tox|\.nox|\.aws-sam|cdk\.out|headstart-report)/.*|[^/]+\.egg-info/.*"
    ),
)
_APP: Final = re.compile(rf"(?P<folder>[^/]+)/(?:cdk\.json|build/{re.escape(MARK)})")
_LAUNCHERS: Final = _Rule("scripts that no function runs", re.compile(r"bin/[^/]+"))


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``reasons`` has each file that goes and why, ``kept`` those that stay as they are whatever the rules say."""

    reasons: Mapping[str, str]
    kept: Set[str] = frozenset()
    spared: tuple[Spared, ...] = ()


def plan(listing: Listing, settings: BundleSettings) -> Plan:
    """What is not shipped."""
    kept = {path for path in listing.sizes if _matches(path, settings.keep)}
    reasons = dict(_in_runtime(listing, settings.runtime_packages)) | dict(_infrastructure(listing))
    reasons |= dict.fromkeys((path for path in listing.sizes if _matches(path, settings.prune)), WHY_ASKED)
    tests, spared = _tests(listing, staying=listing.sizes.keys() - reasons.keys() - kept)
    reasons |= dict.fromkeys(tests, WHY_TESTS)
    # What tests alone speak of is not needed either.
    reasons |= dict(_by_rules(listing.without(reasons.keys() - kept)))
    data, asked_for = known_data.needless(listing.without(reasons.keys() - kept))
    reasons = {
        path: why for path, why in {**data, **reasons}.items() if path not in kept and not _is_licence(path, why)
    }
    rest = listing.without(reasons.keys())
    reasons |= {path: why for path, why in metadata.needless(rest) if path not in kept}
    return Plan(reasons=dict(sorted(reasons.items())), kept=kept, spared=(*spared, *asked_for))


def removals(listing: Listing, reasons: Mapping[str, str]) -> tuple[Removal, ...]:
    """The files that go, by owner and reason, most bytes first."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for path, why in reasons.items():
        grouped.setdefault((listing.owner(path), why), []).append(path)
    found = [
        Removal(
            owner=owner,
            why=why,
            paths=tuple(_as_folders(paths, listing.sizes.keys())),
            files=len(paths),
            size_bytes=sum(listing.sizes[path] for path in paths),
        )
        for (owner, why), paths in grouped.items()
    ]
    return tuple(sorted(found, key=lambda removal: (-removal.size_bytes, removal.owner, removal.why)))


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _is_licence(path: str, why: str) -> bool:
    return (
        _LICENCE.fullmatch(path) is not None
        and why not in {WHY_ASKED, WHY_INFRASTRUCTURE}
        and not why.startswith(_WHY_IN_RUNTIME)
    )


def _in_runtime(listing: Listing, packages: Sequence[str]) -> Iterator[tuple[str, str]]:
    pins = {f"{normalized(name)}=={version}" for name, _, version in (each.partition("==") for each in packages)}
    for path, owner in listing.owners.items():
        if owner in pins and path in listing.sizes:
            yield path, f"{_WHY_IN_RUNTIME} {owner}"


def _infrastructure(listing: Listing) -> Iterator[tuple[str, str]]:
    """The folders of apps beside the code, with all that they built, which has this very code in it; not what modules
    outside of them name."""
    own = [path for path in listing.sizes if listing.owner(path) == OWN_CODE]
    for folder in sorted({match["folder"] for path in own if (match := _APP.fullmatch(path))}):
        named = re.compile(rf"\b{re.escape(folder)}\b".encode())
        others = (path for path in own if path.endswith(".py") and not path.startswith(f"{folder}/"))
        if not any(named.search(listing.read(path)) for path in others):
            yield from ((path, WHY_INFRASTRUCTURE) for path in own if path.startswith(f"{folder}/"))


def _by_rules(listing: Listing) -> Iterator[tuple[str, str]]:
    refused: dict[tuple[str, re.Pattern[bytes]], bool] = {}
    for path, owner in ((path, listing.owner(path)) for path in listing.sizes if not _IN_DIST_INFO.fullmatch(path)):
        if owner == OWN_CODE:
            if _PROJECT_FILES.paths.fullmatch(path) and not listing.says(OWN_CODE, _mention_of(path)):
                yield path, _PROJECT_FILES.why
            continue
        if _LAUNCHERS.paths.fullmatch(path) and listing.read(path).startswith(b"#!"):
            yield path, _LAUNCHERS.why
            continue
        rule = next((rule for rule in _OF_DEPENDENCIES if rule.paths.fullmatch(path)), None)
        if rule is None:
            continue
        if rule.unless and (owner, rule.unless) not in refused:
            refused[owner, rule.unless] = listing.says(owner, rule.unless) is not None
        if rule.unless is None or not refused[owner, rule.unless]:
            yield path, rule.why


def _mention_of(path: str) -> re.Pattern[bytes]:
    """The file's name, or the pattern that finds all of its kind."""
    name = path.rpartition("/")[2]
    suffix = re.escape(name[name.rfind(".") :]) if "." in name else "$^"
    return re.compile(rf"{re.escape(name)}|\*{suffix}".encode())


def _tests(listing: Listing, *, staying: Set[str]) -> tuple[set[str], list[Spared]]:
    """Of the folders of tests: the files that go, and the folders that stay for what names them."""
    places = {path: match["place"] for path in sorted(staying) if (match := _TESTS.match(path))}
    places = {path: place for path, place in places.items() if not _IN_DIST_INFO.fullmatch(path)}
    candidates = {place.removesuffix(".py").replace("/", "."): place for place in places.values()}
    needed = references.referred(listing, candidates, staying=staying - places.keys())
    going = {path for path, place in places.items() if place not in needed}
    return going, [Spared(path=place, because=by) for place, by in sorted(needed.items())]


def _as_folders(paths: Sequence[str], every: Set[str]) -> Iterator[str]:
    """``paths``, those of a folder as one where none of its files stays."""
    going = set(paths)
    staying = {
        "/".join(parts[:count])
        for parts in (path.split("/") for path in every - going)
        for count in range(1, len(parts))
    }
    seen = set()
    for path in sorted(going):
        parts = path.split("/")
        folders = ("/".join(parts[:count]) for count in range(1, len(parts)))
        shown = next((f"{folder}/" for folder in folders if folder not in staying), path)
        if shown not in seen:
            seen.add(shown)
            yield shown
