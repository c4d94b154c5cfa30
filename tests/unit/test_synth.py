"""headstart synth: what it plans and writes, says, and refuses. The formats are compared in tests/stacks."""

import ast
import os
import tomllib
from pathlib import Path

import msgspec
import pytest
import results_fixture
from cli_fixture import HANDLER, Terminal, function
from synth_fixture import FORMATS, TOML, of, requests_in, terminal_in

from headstart.errors import RequestError
from headstart.infra import config_file, settings
from headstart.infra.infrastructure_table import InfrastructureTable
from headstart.infra.synth import files, sam
from headstart.infra.synth.measured import Measured
from headstart.infra.synth.plan import Format, Request, StackPlan, plan
from headstart.infra.template import reader
from headstart.model.alarm_settings import AlarmSettings
from headstart.model.provisioned_settings import ProvisionedSettings, UtilizationTracking
from headstart.model.sample import summarize
from headstart.model.traffic_shift import Shift
from headstart.report import as_json

WARM = summarize([12.0] * 98 + [40.0] * 2)


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    return terminal_in(tmp_path, capsysbinary)


@pytest.fixture
def request_of(tmp_path):
    return requests_in(tmp_path)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("cdk", {"app.py", "cdk.json", "requirements.txt", "README.md", ".gitignore"}),
        ("cloudformation", {"template.yaml", "README.md", ".gitignore"}),
        ("sam", {"template.yaml", "README.md", ".gitignore"}),
    ],
)
def test_the_same_input_gives_the_same_files(terminal, kind, names):
    first = of(terminal, "--format", kind)
    assert set(first) == names
    assert of(terminal, "--format", kind, "--force") == first


def test_it_says_what_it_wrote_and_what_to_type(terminal):
    said = terminal.type("synth", "orders")
    assert said.out.decode().splitlines() == [
        "orders/infrastructure has app.py, cdk.json, requirements.txt, README.md, .gitignore: yours from here on. Read "
        "them, then:",
        "  cd orders/infrastructure && pip install -r requirements.txt && python app.py && headstart audit cdk.out",
    ]
    assert "nothing is measured yet" in said.err


def test_the_app_is_python_that_pins_headstart(terminal):
    written = of(terminal)
    ast.parse(written["app.py"])
    assert written["requirements.txt"] == b"headstart[cdk]~=0.1.0\n"


def test_what_is_there_is_not_overwritten(terminal):
    (terminal.folder / "orders/infrastructure").mkdir()
    mine = terminal.folder / "orders/infrastructure/app.py"
    mine.write_text("mine")
    said = terminal.type("synth", "orders")
    assert (said.code, mine.read_text()) == (2, "mine")
    assert "orders/infrastructure has app.py already; nothing is overwritten" in said.err
    assert "hint: headstart synth orders --force" in said.err
    assert sorted(mine.parent.iterdir()) == [mine]
    assert terminal.type("synth", "orders", "--force").code == 0
    assert mine.read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("synth", "bare"), "bare has no headstart.toml", "headstart init bare"),
        (("synth", "nowhere"), "nowhere does not exist", "headstart synth ."),
        (("synth", "template.yaml"), "template.yaml is a template already", "headstart audit template.yaml"),
        (("synth", "named"), "its function is in a template already, template.yaml", "headstart audit named"),
        (("synth", "orders", "--format", "pulumi"), "--format is 'pulumi'; allowed: cdk, cloudformation, sam", "cdk"),
        (("synth", "orders", "--output", "orders/app.py/x"), "cannot be written", "--output DIR"),
        (("synth", "orders", "--output", "orders"), "--output is", "headstart init"),
        (("synth", "orders", "--account-concurrency", "0"), "--account-concurrency", "quota"),
    ],
)
def test_what_cannot_be_written_is_refused(terminal, words, message, hint):
    function(terminal.folder / "bare")
    function(terminal.folder / "named")
    (terminal.folder / "named/headstart.toml").write_text('[template]\nfile = "template.yaml"\n')
    (terminal.folder / "template.yaml").write_text("Resources: {}\n")
    said = terminal.type(*words)
    assert said.code == 2
    assert message in said.err
    assert hint in said.err.partition("hint:")[2]
    assert not (terminal.folder / "orders/infrastructure").exists()


SCALED = ProvisionedSettings(executions=5, maximum=40, tracking=UtilizationTracking())
REFUSED = {
    "[infrastructure.provisioned] the maximum of scaling, 40, is above the function's reserved concurrency of 30": (
        InfrastructureTable(reserved=30, provisioned=SCALED)
    ),
    "[infrastructure.provisioned] tracking.target_ratio is 0.95; allowed: 0.1 … 0.9": InfrastructureTable(
        provisioned=ProvisionedSettings(executions=5, maximum=6, tracking=UtilizationTracking(target_ratio=0.95))
    ),
    "[infrastructure] reserved: executions is 0, which throttles every invocation; allowed: 1 or more": (
        InfrastructureTable(reserved=0)
    ),
    "[infrastructure] the app claims 950 of the account's 1,000 concurrent executions (Orders 950); allowed: 900, for "
    "100 stay unreserved": InfrastructureTable(reserved=950),
    "[infrastructure.alarms] error_percent is 100; allowed: 0 or more and below 100": InfrastructureTable(
        alarms=AlarmSettings(error_percent=100)
    ),
    "[infrastructure.alarms] the alarm on concurrency would fire at the first invocation, above 0.8; raise it": (
        InfrastructureTable(reserved=1)
    ),
    "[infrastructure.shift] all traffic is shifted after 1 minutes, and the alarms take 120 s": InfrastructureTable(
        shift=Shift(minutes=1)
    ),
    "[infrastructure] log_retention_days is 15; allowed: 1, 3, 5, 7": InfrastructureTable(log_retention_days=15),
    "[infrastructure] alias is '12'; allowed: 1 … 128 letters": InfrastructureTable(alias="12"),
    "[infrastructure] emails has 'team'; allowed: name@example.com": InfrastructureTable(emails=("team",)),
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("sentence", "table"), REFUSED.items())
def test_what_aws_refuses_is_refused_in_the_same_words_in_each_format(request_of, kind, sentence, table):
    with pytest.raises(RequestError) as caught:
        plan(request_of(table, kind))
    assert sentence in caught.value.message


def test_all_of_it_is_said_at_once(request_of):
    with pytest.raises(RequestError) as caught:
        plan(request_of(InfrastructureTable(alias="", log_retention_days=2, reserved=0)))
    assert len(caught.value.message.splitlines()) == 4


def test_the_quota_that_is_given_counts(request_of):
    table = InfrastructureTable(reserved=100)
    assert plan(request_of(table)).account_concurrency == 1000
    with pytest.raises(RequestError, match="claims 100 of the account's 150"):
        plan(request_of(table, account_concurrency=150))
    given = plan(request_of(table, account_concurrency=300))
    assert "AccountConcurrency" in {alarm.name for alarm in given.alarms}


@pytest.mark.parametrize(
    ("vpc", "said"),
    [
        ('id = "vpc"\nsubnet_ids = ["subnet-0a1b2c3d"]\nsecurity_group_ids = ["sg-0a1b2c3d"]', "id is 'vpc'"),
        ('id = "vpc-0a1b2c3d"\nsubnet_ids = []\nsecurity_group_ids = ["sg-0a1b2c3d"]', "subnet_ids is empty"),
        ('id = "vpc-0a1b2c3d"\nsubnet_ids = ["subnet-0a1b2c3d"]', "[infrastructure.vpc] needs security_group_ids"),
    ],
)
def test_a_vpc_is_there_already_by_its_ids(terminal, vpc, said):
    with (terminal.folder / "orders/headstart.toml").open("a") as file:
        file.write(f"[infrastructure.vpc]\n{vpc}\n")
    typed = terminal.type("synth", "orders")
    assert typed.code == 2
    assert said in typed.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[infrastructure]\nreservd = 1", "unknown key 'reservd' in [infrastructure]"),
        (
            "[infrastructure.provisioned]\ntarget_ratio = 1",
            "unknown key 'target_ratio' in [infrastructure.provisioned]",
        ),
        ("[infrastructure.provisioned]\nminimum = 1", "[infrastructure.provisioned] needs executions"),
        (
            "[[infrastructure.provisioned.schedules]]\nat = 1",
            "unknown key 'at' in [[infrastructure.provisioned.schedul",
        ),
        ("[infrastructure.shift]\nminutes = '5'", "infrastructure.shift.minutes is '5'; needed: a whole number"),
    ],
)
def test_a_key_that_is_none_is_named(tmp_path, text, said):
    file = tmp_path / "headstart.toml"
    file.write_text(text)
    with pytest.raises(RequestError) as caught:
        settings.read(file)
    assert said in caught.value.message


def test_other_code_is_another_version(terminal):
    def version(template: bytes) -> str:
        (tmp := terminal.folder / "read.yaml").write_bytes(template)
        return reader.read(tmp).versions[0].resource.id

    first = version(of(terminal, "--format", "cloudformation")["template.yaml"])
    (terminal.folder / "orders/app.py").write_text(HANDLER + "\n")
    second = version(of(terminal, "--format", "cloudformation", "--force")["template.yaml"])
    assert first != second
    assert first[:-8] == second[:-8] == "OrdersFunctionCurrentVersion"


MEASURED = Measured(day="2026-11-23", memory_mb=512, max_used_mb=149, cold_ms=1300, environments=10, warm=WARM)


@pytest.mark.parametrize(
    ("p99_ms", "timeout_s", "percent"),
    [(40, 10, 10), (1000, 10, 30), (1001, 10, 31), (9000, 10, 80), (40, 900, 10)],
)
def test_the_alarm_on_duration_is_three_times_the_p99_within_bounds(request_of, p99_ms, timeout_s, percent):
    check = msgspec.structs.replace(MEASURED, warm=summarize([float(p99_ms)] * 20))
    made = plan(request_of(measured=check, timeout_s=timeout_s))
    (duration,) = [alarm for alarm in made.alarms if alarm.name == "Duration"]
    assert duration.threshold == percent * timeout_s * 10


@pytest.mark.parametrize(
    "check",
    [
        None,
        msgspec.structs.replace(MEASURED, memory_mb=1024),
        msgspec.structs.replace(MEASURED, warm=None),
        msgspec.structs.replace(MEASURED, warm=summarize([5.0] * 9)),
    ],
)
def test_without_enough_measured_at_this_size_it_is_the_default(request_of, check):
    made = plan(request_of(measured=check))
    assert made.table.alarms.duration_percent == 80
    assert made.comments["duration_percent"].startswith("Headstart's default")


def test_a_percentage_that_is_said_stays(request_of):
    made = plan(request_of(InfrastructureTable(alarms=AlarmSettings(duration_percent=55)), measured=MEASURED))
    assert made.table.alarms.duration_percent == 55
    assert made.comments["duration_percent"] == "configured; measured 2026-11-23: p99 40.0 ms"


@pytest.mark.parametrize("kind", FORMATS)
def test_comments_say_whence_the_numbers_are(request_of, kind):
    made = plan(request_of(kind=kind, measured=MEASURED, configured=frozenset({"memory_mb"})))
    text = "".join(files.of(made, kind).values())
    assert "configured; measured 2026-11-23: at most 149 MB used" in text
    assert "AWS's default; measured 2026-11-23: p99 40.0 ms of 100 warm invocations" in text
    assert "3 times the p99 measured 2026-11-23, 40.0 ms, but 10 … 80 %" in text


def test_the_newest_check_of_the_function_is_found_unless_its_code_has_changed(terminal):
    code = terminal.folder / "orders"
    result = results_fixture.check_result()
    facts = msgspec.structs.replace(result.function, code=str(code), handler="app.handler", memory_mb=512)
    report = code / "headstart-report/report.json"
    report.parent.mkdir()
    report.write_bytes(as_json.encode(msgspec.structs.replace(result, function=facts)))
    assert b"measured 2026-11-23" in of(terminal)["app.py"]
    os.utime(code / "app.py", (2_000_000_000, 2_000_000_000))
    said = terminal.type("synth", "orders", "--force")
    assert "is older than the code, and is not used" in said.err
    assert "measured 2026" not in (code / "infrastructure/app.py").read_text()


@pytest.mark.parametrize(("alias", "expected"), [("live", "live"), ("a-b_c", "aDbUc")])
def test_the_alias_has_the_id_that_sam_gives_it(request_of, tmp_path, alias, expected):
    made = plan(request_of(InfrastructureTable(alias=alias, provisioned=SCALED), Format.SAM))
    (tmp_path / "template.yaml").write_text(sam.render(made))
    (found,) = reader.read(tmp_path / "template.yaml").aliases
    assert found.resource.id == sam.alias_id(made) == f"OrdersFunctionAlias{expected}"


def test_init_writes_every_key_of_the_table_and_keeps_what_is_said(terminal):
    file = terminal.folder / "orders/headstart.toml"
    assert terminal.type("init", "orders", "--force").code == 0
    text = file.read_text()
    assert [key for key in InfrastructureTable.__struct_fields__ if key not in text] == []
    shown = text.partition("[infrastructure]\n")[2].partition("\n\n")[0]
    uncommented = "".join(f"{line.removeprefix('# ')}\n" for line in shown.splitlines() if "=" in line or "[" in line)
    assert plan_of(terminal, "[infrastructure]\n" + uncommented).table.reserved == 100
    with file.open("a") as opened:
        opened.write("[infrastructure]\n")
    file.write_text(TOML + "[infrastructure]\n" + uncommented)
    before = settings.read(file).infrastructure
    assert terminal.type("init", "orders", "--force").code == 0
    assert settings.read(file).infrastructure == before
    assert tomllib.loads(file.read_text())["infrastructure"]["provisioned"]["executions"] == 5


def plan_of(terminal: Terminal, table: str) -> StackPlan:
    """The plan of the function with ``table`` in its headstart.toml."""
    file = terminal.folder / "orders/headstart.toml"
    file.write_text(TOML + table)
    spec, said = config_file.read(file).spec, settings.read(file).infrastructure
    folder = Path(terminal.folder / "out")
    return plan(Request(spec=spec, table=said, folder=folder, format=Format.CDK, version="0.1.0"))
