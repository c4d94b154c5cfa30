"""Rules about measurements and sizes find what the figures of ``hsNNN/bad*.toml`` say, and nothing in ``good*.toml``.

A project whose package has 240 MB, or a report of ``check``, is no file to keep here. So these files describe one::

    [function]      code, runtime, architecture, snap_start, memory_mb, timeout_s, construct_path
    [measured]      advice = [{id, action, evidence, place, saves_cold_ms, saves_usd_month}], init_ms, memory_mb
    [files_mb]      the code's files and their sizes; timestamped = [...]
    [[distributions]]  name, version, modules, size_bytes, where, tags
    [[expected]]    place, severity, and what else of the finding is to be so
"""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from results_fixture import check_result

from headstart.audit.contents import Contents, Distribution, PackagedFile
from headstart.audit.registry import all_rules
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, SetProperty
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Place, Resource
from headstart.model.results import Advice, CheckResult
from headstart.model.sample import summarize

HERE = Path(__file__).parent
DESCRIBED = sorted(HERE.glob("hs*/*.toml"))


@pytest.mark.parametrize("file", DESCRIBED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_findings_are_as_described(file: Path):
    described = tomllib.loads(file.read_text())
    findings = list(all_rules()[file.parent.name.upper()].find(subject(described)))
    expected = described.get("expected", [])
    assert bool(expected) == file.name.startswith("bad"), "a bad description expects findings, a good one none"
    assert len(findings) == len(expected), findings
    for finding, wanted in zip(findings, expected, strict=True):
        assert seen(finding, wanted) == wanted


def seen(finding: Finding, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the finding has of what is ``wanted``; of its message the part that is, if it is there."""
    says = wanted.get("says", "")
    has = {
        "place": str(finding.place),
        "severity": finding.severity.word,
        "says": says if says in finding.message else finding.message,
        "saves_ms": finding.saves_ms,
        "saves_usd_month": str(finding.saves_usd_month),
        "sets": {".".join(map(str, edit.path)): edit.value for edit in finding.edits if isinstance(edit, SetProperty)},
        "is_safe": finding.is_safe,
    }
    return {name: value for name, value in has.items() if name in wanted}


def subject(described: dict[str, Any]) -> Subject:
    function = described["function"]
    declared = declared_function(function) if "runtime" in function else None
    infrastructure = Infrastructure(file="template.yaml", functions=(declared,)) if declared else None
    audited = AuditedFunction(
        name="orders",
        infrastructure=infrastructure,
        declared=declared,
        contents=contents(described) if "files_mb" in described else None,
        measured=measured(described["measured"]) if "measured" in described else None,
    )
    return Subject(root=Path(), infrastructures=(infrastructure,) if infrastructure else (), functions=(audited,))


def declared_function(function: dict[str, Any]) -> DeclaredFunction:
    properties = {"MemorySize": function.get("memory_mb"), "Timeout": function.get("timeout_s")}
    given = {name: value for name, value in properties.items() if value is not None}
    return DeclaredFunction(
        resource=Resource(
            id="Orders",
            type="AWS::Lambda::Function",
            properties=given,
            place=Place("template.yaml", 2),
            construct_path=function.get("construct_path", ""),
        ),
        name="orders",
        runtime=function["runtime"],
        architecture=function.get("architecture"),
        memory_mb=function.get("memory_mb"),
        timeout_s=function.get("timeout_s"),
        has_snap_start=function.get("snap_start", False),
        code=Path(function["code"]) if "code" in function else None,
    )


def contents(described: dict[str, Any]) -> Contents:
    return Contents(
        root=Path("src"),
        files=tuple(PackagedFile(name, round(mb * 1024 * 1024)) for name, mb in described["files_mb"].items()),
        distributions=tuple(distributions(described.get("distributions", []))),
        timestamped=frozenset(described.get("timestamped", [])),
    )


def distributions(given: list[dict[str, Any]]) -> Iterator[Distribution]:
    for each in given:
        folder = f"{each['name']}-{each['version']}.dist-info"
        yield msgspec.convert({"where": "src", "folder": folder} | each, Distribution)


def measured(given: dict[str, Any]) -> CheckResult:
    result = check_result()
    init = summarize(given["init_ms"]) if "init_ms" in given else result.cold_start.init
    memory_mb = given.get("memory_mb", result.function.memory_mb)
    return msgspec.structs.replace(
        result,
        advice=tuple(advice(each) for each in given.get("advice", [])),
        cold_start=msgspec.structs.replace(result.cold_start, init=init),
        function=msgspec.structs.replace(result.function, memory_mb=memory_mb),
    )


def advice(given: dict[str, Any]) -> Advice:
    usual = {"title": "", "evidence": "as measured", "saves_cold_ms": 0.0, "saves_warm_ms": 0.0, "measured": True}
    return msgspec.convert(usual | {"saves_usd_month": Decimal(0)} | given, Advice, strict=False)


def test_advice_has_the_ids_that_rules_look_for():
    from headstart.audit import measured as looked_for
    from headstart.measure import advice_init, advice_invoke, advice_risk

    given = [advice_init, advice_invoke, advice_risk]
    for name in ("UNUSED_IMPORT", "BYTECODE", "MEMORY_SIZE", "MEMORY_HEADROOM", "TIMEOUT", "ARM64"):
        (value,) = [getattr(module, name) for module in given if hasattr(module, name)]
        assert getattr(looked_for, name) == value
