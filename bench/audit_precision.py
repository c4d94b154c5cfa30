"""How often an audit is wrong about public code for Lambda: findings of severity warning and error, each of them read.

The sources are sdists of PyPI at the versions below, fetched once into a cache folder. Beside the handlers that an
audit finds, every function of them that takes an event and a context counts as one, so that rules about what an
invocation does have most of the code to look at. What reading a finding showed stands in
``bench/data/audit_verdicts.json``: true, or false with the reason. A finding that is not there is unread.
"""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console
from rows import Row, arguments, finish

from headstart import inspection
from headstart.audit import runner
from headstart.audit.subject import AuditedFunction, Subject
from headstart.engine import cache
from headstart.model.audit import AuditSettings
from headstart.model.finding import Finding, Severity

PACKAGES = (
    "aws-lambda-powertools==3.37.0",
    "aws-parallelcluster==3.16.1",
    "runway==2.8.4",
    "iambic-core==0.11.97",
    "chalice==1.34.0",
    "zappa==0.63.0",
    "aws-lambda-fsm==0.35.0",
    "api-foundry-query-engine==0.8.85",
    "aibs-informatics-aws-lambda==1.1.0",
    "datadog-lambda==8.130.0",
    "epsagon==1.82.0",
    "aws-xray-sdk==2.15.0",
    "crhelper==2.0.12",
    "amazon-cloudfront-api-key-rotator==0.1.0",
)
_VERDICTS = Path(__file__).parent / "data/audit_verdicts.json"


class Audited(NamedTuple):
    """A package with the lines of its own Python, its functions that an invocation may call, and what was found."""

    package: str
    folder: Path
    lines: int
    invoked: int
    findings: tuple[Finding, ...]

    def keyed(self) -> Iterator[tuple[str, Finding]]:
        """What the verdicts call each finding."""
        for finding in self.findings:
            file = Path(finding.place.file)
            name = file.relative_to(self.folder) if file.is_relative_to(self.folder) else file
            yield f"{self.package} {finding.rule} {name.as_posix()}:{finding.place.line}", finding


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="name==version")
    parser.add_argument("--cache", type=Path, default=cache.location() / "bench/sdists", help="where sdists are kept")
    parser.add_argument("--unread", action="store_true", help="show only findings without a verdict")
    options = parser.parse_args()
    verdicts = json.loads(_VERDICTS.read_text()) if _VERDICTS.exists() else {}
    audits = [_audit(package, fetched(package, options.cache)) for package in options.packages]
    console = Console(width=160)
    for audited in audits:
        followed = f"{audited.lines} lines, {audited.invoked} functions followed"
        console.print(f"{audited.package}: {followed}, {len(audited.findings)} findings")
        for key, finding in audited.keyed():
            said = verdicts.get(key, "unread")
            if not options.unread or said == "unread":
                console.print(f"  {key.partition(' ')[2]}: {finding.message} [dim]({said})[/dim]", highlight=False)
    finish(_rows(audits, verdicts), options)


def fetched(package: str, folder: Path) -> Path:
    """The folder of a package's sdist, unpacked."""
    folder = folder / package.replace("==", "-")
    if not folder.is_dir():
        folder.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(folder), package], check=True)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    (unpacked,) = (entry for entry in folder.iterdir() if entry.is_dir())
    return unpacked


def _audit(package: str, folder: Path) -> Audited:
    settings = AuditSettings()
    subject = inspection.look_at(folder, settings)
    files = {module.file: module for program in subject.programs for module in program.modules.values()}
    subject = msgspec.structs.replace(subject, functions=(*subject.functions, *_entries(subject)))
    result = runner.run(subject, settings)
    if result.faults:
        raise SystemExit(f"{package}: {result.faults}")
    lines = sum(module.source.count("\n") for module in files.values())
    return Audited(package, folder, lines, len(subject.invoked), result.at_or_above(Severity.WARNING))


def _entries(subject: Subject) -> Iterator[AuditedFunction]:
    for program in subject.programs:
        for function in program.functions.values():
            names = {parameter.arg for parameter in function.node.args.args}
            if "event" in names and names & {"context", "lambda_context"}:
                yield AuditedFunction(name=function.full_name, program=program, handler=function)


def _rows(audits: list[Audited], verdicts: dict[str, str]) -> list[Row]:
    keys = [key for audited in audits for key, _ in audited.keyed()]
    false = [key for key in keys if verdicts.get(key, "").startswith("false")]
    lines = sum(audited.lines for audited in audits)
    what = f"{lines} lines of {len(audits)} packages, {sum(each.invoked for each in audits)} functions followed"
    return [
        Row(
            "findings that nobody has read",
            len(keys) - sum(key in verdicts for key in keys),
            "",
            "<= 0",
            f"of {len(keys)}",
        ),
        Row("false ones in 1,000 lines", 1000 * len(false) / lines, "", "<= 1", f"{len(false)} of {len(keys)}; {what}"),
    ]


if __name__ == "__main__":
    main()
