import io
import zipfile
from pathlib import Path

import msgspec
import pytest

from headstart.errors import ConfigError, EventError, HandlerError, InvalidValueError, RequestError
from headstart.infra.config_file import Host, Overrides, read, resolve
from headstart.infra.config_text import render
from headstart.model.function import Architecture, LogFormat
from headstart.model.results import Traffic

HOST = Host(runtime="python3.12", architecture=Architecture.ARM64)


@pytest.fixture
def folder(tmp_path):
    project = tmp_path / "my orders"
    project.mkdir()
    (project / "app.py").write_text("def lambda_handler(event, context): pass\ndef other(event, context): pass\n")
    return project


def toml(folder: Path, text: str) -> Path:
    path = folder / "headstart.toml"
    path.write_text(text)
    return path


FULL = """
[function]
name = "orders"
code = "."
handler = "app.other"
runtime = "python3.13"
memory_mb = 1769
timeout_s = 30
architecture = "arm64"
ephemeral_storage_mb = 1024
log_format = "JSON"
application_log_level = "WARN"
region = "eu-central-1"
requirements = "more.txt"
layers = ["layer"]
environment = { TABLE = "orders" }

[[events]]
name = "put"
sample = "s3-put"
weight = 3

[[events]]
payload = { id = 1, tags = ["a"] }

[[events]]
file = "big.json"

[traffic]
invocations_per_month = 5_000_000
cold_ratio = 0.02
"""


@pytest.fixture
def full(folder):
    (folder / "layer").mkdir()
    (folder / "more.txt").write_text("six")
    (folder / "big.json").write_text("[]")
    return toml(folder, FULL)


def test_every_key_is_read(folder, full):
    project = read(full)
    spec = project.spec
    assert (spec.name, spec.handler, spec.runtime, spec.code) == ("orders", "app.other", "python3.13", folder)
    assert (spec.memory.mb, spec.timeout_s, spec.ephemeral_storage_mb) == (1769, 30, 1024)
    assert (spec.architecture, spec.log_format) == (Architecture.ARM64, LogFormat.JSON)
    assert (spec.application_log_level, spec.region) == ("WARN", "eu-central-1")
    assert (spec.requirements, spec.layers) == (folder / "more.txt", (folder / "layer",))
    assert spec.environment == {"TABLE": "orders"}
    assert [(event.name, event.weight) for event in project.events] == [("put", 3), ("event-2", 1), ("big", 1)]
    assert project.events[1].payload == b'{"id":1,"tags":["a"]}'
    assert project.traffic == Traffic(invocations_per_month=5_000_000, cold_ratio=0.02)
    assert project.said == ()


def test_what_is_written_reads_back_the_same(folder, full, tmp_path):
    project = read(full)
    toml(folder, render(project))
    assert read(full) == project
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = read(toml(elsewhere, render(project, folder=elsewhere)))
    assert moved.folder == elsewhere
    assert msgspec.structs.replace(moved, folder=project.folder) == project


def test_what_is_written_says_every_key(folder):
    text = render(resolve(folder, Overrides(), host=HOST))
    for key in ("name", "code", "handler", "runtime", "memory_mb", "timeout_s", "architecture", "region", "layers"):
        assert f"\n{key} = " in text
    lines = text.splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert all(lines[number - 1].startswith("#") for number in keys)


def test_odd_texts_are_written_so_that_they_read_back(folder):
    odd = 'a "quoted" \\ text\nwith\ttabs, \x7f and ümläuts'
    project = resolve(folder, Overrides(environment={"ODD": odd}, events=('{"x": "\\u00e9 \\" \'"}',)), host=HOST)
    assert read(toml(folder, render(project))).spec.environment == {"ODD": odd}
    assert read(folder).events == project.events


def test_nothing_at_all_is_enough(folder):
    (folder / "requirements.txt").write_text("six")
    project = resolve(folder, Overrides(), host=HOST)
    assert project.spec.handler == "app.lambda_handler"
    assert (project.spec.name, project.spec.runtime) == ("my-orders", "python3.12")
    assert (project.spec.memory.mb, project.spec.timeout_s) == (128, 3)
    assert project.spec.architecture == Architecture.ARM64
    assert [event.payload for event in project.events] == [b"{}"]
    assert project.said == (
        "requirements: requirements.txt, found beside the code",
        "runtime: python3.12, the Python that runs Headstart",
        "handler: app.lambda_handler, the only one found",
        "event: {}, because none was given",
    )


def test_events_beside_the_code_are_found(folder):
    (folder / "events").mkdir()
    for name in ("b", "a"):
        (folder / "events" / f"{name}.json").write_text("{}")
    assert [event.name for event in read(folder).events] == ["a", "b"]


def test_a_zip_is_enough(tmp_path):
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("app.py", "def handler(event, context): pass")
    spec = read(path).spec
    assert (spec.name, spec.handler, spec.code) == ("orders", "app.handler", path)


def test_a_bootstrap_makes_a_custom_runtime(folder):
    (folder / "bootstrap").write_text("#!/bin/sh")
    project = read(folder)
    assert (project.spec.runtime, project.spec.handler) == ("provided.al2023", "bootstrap")
    assert "because the package has a bootstrap" in project.said[0]


def test_a_python_that_lambda_has_not_gives_the_newest(folder):
    project = resolve(folder, Overrides(), host=Host("python3.99", Architecture.X86_64))
    assert project.spec.runtime == "python3.14"


def test_flags_win_over_the_file(folder, full, tmp_path):
    flags = Overrides(
        handler="app.lambda_handler",
        memory_mb=512,
        architecture="X86_64",
        layers=(),
        environment={"MORE": "1"},
        events=("-",),
        invocations_per_month=7,
    )
    project = resolve(folder, flags, stdin=io.BytesIO(b"[]"))
    assert project.spec.handler == "app.lambda_handler"
    assert project.spec.memory.mb == 512
    assert project.spec.timeout_s == 30
    assert project.spec.architecture == Architecture.X86_64
    assert project.spec.layers == ()
    assert project.spec.environment == {"TABLE": "orders", "MORE": "1"}
    assert [event.payload for event in project.events] == [b"[]"]
    assert project.traffic == Traffic(invocations_per_month=7, cold_ratio=0.02)


def test_an_empty_requirements_means_none(folder):
    (folder / "requirements.txt").write_text("six")
    assert read(toml(folder, '[function]\nrequirements = ""')).spec.requirements is None


WRONG = [
    ("[function]\nmemory_mb = 64", InvalidValueError, "memory_mb is 64; allowed: 128 … 10240", "--memory"),
    ("[function]\ntimeout_s = 1000", InvalidValueError, "timeout_s is 1000; allowed: 1 … 900", "--timeout"),
    (
        "[function]\nruntime = 'python3.8'",
        InvalidValueError,
        "runtime is 'python3.8'; allowed: python3.10",
        "--runtime",
    ),
    ("[function]\narchitecture = 'arm'", InvalidValueError, "architecture is 'arm'; allowed: x86_64, arm64", "x86_64"),
    ("[function]\nregion = 'Frankfurt'", InvalidValueError, "region is 'Frankfurt'", "eu-central-1"),
    ("[function]\nname = 'a b'", InvalidValueError, "name is 'a b'; allowed: 1 … 64", ""),
    ("[function]\napplication_log_level = 'LOUD'", InvalidValueError, "'LOUD'; allowed: TRACE", "TRACE"),
    ("[function]\nephemeral_storage_mb = 1", InvalidValueError, "ephemeral_storage_mb is 1", "--ephemeral-storage"),
    ("[function]\nmemory = 512", ConfigError, r"unknown key 'memory' in \[function\]", "did you mean memory_mb?"),
    ("[function]\nhandlr = 'a.b'", ConfigError, "unknown key 'handlr'", "did you mean handler?"),
    ("[function]\nenv = {}", ConfigError, "unknown key 'env'", "did you mean environment?"),
    ("[fuction]", ConfigError, "unknown key 'fuction'", "did you mean function?"),
    ("handler = 'a.b'", ConfigError, "unknown key 'handler'", r"belongs in the table \[function\]"),
    ("[[events]]\npath = 'x'", ConfigError, r"unknown key 'path' in \[\[events\]\]", ""),
    (
        "[function]\nmemory_mb = '512'",
        ConfigError,
        "function.memory_mb is '512'; needed: a whole number",
        "memory_mb = 512",
    ),
    ("[function]\nmemory_mb = 512.5", ConfigError, "function.memory_mb is 512.5; needed: a whole number", ""),
    ("[function]\nlayers = 'one'", ConfigError, "needed: a list", r'layers = \["one"\]'),
    ("[function]\nruntime = 3.11", ConfigError, "function.runtime is 3.11; needed: a text", 'runtime = "3.11"'),
    ("[[events]]\nsample = 'sqs'\nweight = 'x'", ConfigError, r"events\[0\].weight is 'x'; needed: a number", ""),
    ("function = 1", ConfigError, "function is 1; needed: a table", ""),
    ("[function]\nenvironment = { PORT = 80 }", ConfigError, "variable PORT is 80", 'PORT = "80"'),
    ("[function]\nenvironment = { AWS_REGION = 'x' }", InvalidValueError, "'AWS_REGION'", ""),
    ("[function]\nenvironment = { 1A = 'x' }", InvalidValueError, "'1A'", ""),
    (f"[function]\nenvironment = {{ BIG = '{'x' * 5000}' }}", InvalidValueError, "is 5003; allowed: at most 4,096", ""),
    ("[function]\nlayers = ['a','b','c','d','e','f']", RequestError, "does not exist", ""),
    ("[function]\ncode = 'none'", ConfigError, "none', which does not exist", ""),
    ("[function]\nrequirements = 'none.txt'", ConfigError, "none.txt does not exist", "ls "),
    ("[function]\nhandler = 'nope.handler'", HandlerError, "no module nope.py", "--handler app.lambda_handler"),
    ("[[events]]\nname = 'x'", ConfigError, "exactly one of file, sample and payload", ""),
    ("[[events]]\nsample = 'sqs'\nfile = 'x'", ConfigError, "exactly one of file, sample and payload", ""),
    ("[[events]]\nsample = 'sqs'\nweight = 0", InvalidValueError, "weight of event 1 is 0", ""),
    ("[[events]]\npayload = '{'", EventError, "event event-1 is not JSON", ""),
    ("[[events]]\nfile = 'none.json'", EventError, "none.json cannot be read", ""),
    ("[traffic]\ncold_ratio = 2", InvalidValueError, "cold_ratio is 2.0; allowed: 0 … 1", ""),
    ("[traffic]\ninvocations_per_month = -1", InvalidValueError, "invocations_per_month is -1", ""),
    ("[function\n", ConfigError, "is not TOML", ""),
]


@pytest.mark.parametrize(("text", "error", "said", "hint"), WRONG, ids=[text[-30:] for text, *_ in WRONG])
def test_what_is_wrong_is_said_with_value_and_remedy(folder, text, error, said, hint):
    with pytest.raises(error, match=said) as caught:
        read(toml(folder, text))
    assert hint.replace("\\", "") in caught.value.hint


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        read(tmp_path / "none")


def test_a_path_to_a_module_points_to_its_folder(folder):
    with pytest.raises(ConfigError, match=r"app\.py is not a folder") as caught:
        read(folder / "app.py")
    assert str(folder) in caught.value.hint


def test_flags_are_checked_like_the_file(folder):
    with pytest.raises(InvalidValueError, match="memory_mb is 64"):
        resolve(folder, Overrides(memory_mb=64))
