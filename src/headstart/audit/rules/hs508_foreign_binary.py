"""Compiled code for another machine or another Python.

An installed package, or a compiled module, was built for macOS, Windows, another architecture or another version of
Python than the function's. A warning for packages that can do without their compiled part.

*Why it costs.* Importing it fails in init: ModuleNotFoundError, or "invalid ELF header". No invocation ever succeeds.
PyYAML and some others go on without it, more slowly.

*Use instead.* Install for the function: ``uv pip install --target PACKAGE --python-platform x86_64-manylinux2014
--python-version 3.13 -r requirements.txt`` (aarch64-manylinux2014 for arm64), or build with ``sam build``.

*Evidence.* The tags of PEP 425 in the names of the files and in their wheels' own records.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-native-libraries (2026-11-25)
"""

import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from headstart.audit.contents import Contents, Distribution
from headstart.audit.declared import runtime_of
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity
from headstart.model.function import Architecture
from headstart.model.infrastructure import Place

RULE = Rule(id="HS508", name="foreign-binary", severity=Severity.ERROR, sees=frozenset({Sees.PACKAGE}))
_DO_WITHOUT = frozenset(
    {"charset-normalizer", "frozenlist", "markupsafe", "msgpack", "multidict", "propcache", "protobuf", "pyyaml"}
    | {"simplejson", "sqlalchemy", "websockets", "wrapt", "yarl", "zope-interface"}
)
_MACHINES = {Architecture.X86_64.value: "x86_64", Architecture.ARM64.value: "aarch64"}
_EXTENSION = re.compile(
    r"(?P<module>.*?)\.(?:cpython-(?P<python>\d+)\w*-(?P<platform>[\w-]+)|cp(?P<windows>\d+)-(?P<win>win\w+))\.(?:so|pyd)"
)


class _Target(msgspec.Struct, frozen=True):
    """What compiled code has to be for: ``313`` and ``x86_64``."""

    python: str
    machine: str

    def fits_file(self, python: str, platform: str) -> bool:
        return python == self.python and platform.startswith(f"{self.machine}-linux-gnu")

    def fits_tag(self, tag: str) -> bool:
        """Of a wheel: ``cp313-cp313-manylinux_2_17_x86_64``, ``cp39-abi3-…``, ``py3-none-any``."""
        python, _, rest = tag.partition("-")
        abi, _, platform = rest.partition("-")
        is_glibc = platform.startswith(("manylinux", "linux_")) and platform.endswith(self.machine)
        is_platform = platform == "any" or is_glibc
        is_python = abi in {"none", "abi3"} or not python.startswith("cp") or python == f"cp{self.python}"
        return is_platform and is_python


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each package, and for each compiled module that is in none."""
    for function in subject.functions:
        target = _target(function)
        if function.contents is None or target is None:
            continue
        foreign = [each for each in function.contents.distributions if not _fits(each, target)]
        for distribution in foreign:
            yield _finding(
                function,
                what=f"{distribution.name} {distribution.version} is built for {distribution.tags[0]}",
                file=_record(distribution),
                severity=Severity.WARNING if distribution.name in _DO_WITHOUT else RULE.severity,
            )
        known = {module for each in function.contents.distributions for module in each.modules}
        for name, built_for in _foreign_modules(function.contents, target, known=known):
            yield _finding(function, what=f"{name} is built for {built_for}", file=function.contents.path_of(name))


def _target(function: AuditedFunction) -> _Target | None:
    runtime, declared = runtime_of(function), function.declared
    if runtime is None:
        return None
    architecture = declared.architecture if declared else None
    if declared is not None and architecture is None and declared.resource.get("Architectures") is not None:
        return None
    if declared is None and function.measured is not None:
        architecture = function.measured.function.architecture
    version = runtime.removeprefix("python").replace(".", "")
    return _Target(version, _MACHINES.get(architecture or Architecture.X86_64, "x86_64"))


def _fits(distribution: Distribution, target: _Target) -> bool:
    return not distribution.tags or any(target.fits_tag(tag) for tag in distribution.tags)


def _foreign_modules(contents: Contents, target: _Target, *, known: set[str]) -> Iterator[tuple[str, str]]:
    """Compiled modules of which no file fits, and what the first is for; those of ``known`` packages left out."""
    built: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for file in contents.files:
        match = _EXTENSION.fullmatch(file.name)
        if match and match["module"].partition("/")[0] not in known:
            python, platform = match["python"] or match["windows"], match["platform"] or match["win"]
            built[match["module"]].append((file.name, python, platform))
    for files in built.values():
        if not any(target.fits_file(python, platform) for _, python, platform in files):
            name, python, platform = files[0]
            yield name, f"Python {python[0]}.{python[1:]} on {platform}"


def _finding(function: AuditedFunction, *, what: str, file: str, severity: Severity = RULE.severity) -> Finding:
    wanted = function.declared.architecture if function.declared else None
    finding = RULE.finding(
        f"{what}, and {function.name} runs on {runtime_of(function)}, {wanted or Architecture.X86_64.value}",
        "install the package for the function's runtime and architecture",
        place=Place(file),
        subject=function.name,
    )
    return msgspec.structs.replace(finding, severity=severity)


def _record(distribution: Distribution) -> str:
    is_zip = distribution.where.endswith(".zip")
    return distribution.where if is_zip else f"{distribution.where}/{distribution.folder}/WHEEL"
