"""[services] of headstart.toml."""

from pathlib import Path

import pytest

from headstart.errors import ConfigError, InvalidValueError
from headstart.infra.config_file import read
from headstart.infra.config_text import render
from headstart.model.services import ServiceNeeds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("def handler(event, context): pass\n")
    (tmp_path / "setup.sql").write_text("SELECT 1")
    (tmp_path / "objects/records").mkdir(parents=True)
    (tmp_path / "objects/records/in.jsonl").touch()
    return tmp_path


def needs(folder: Path, text: str) -> ServiceNeeds:
    (folder / "headstart.toml").write_text(text)
    return read(folder).services


FULL = """
[services]
postgres = true
setup = "setup.sql"
redis = "redis://me:secret@db.example:6380/1"
aws = true
buckets = ["receipts", "my.bucket-2"]
queues = ["orders", "Dead_letters.fifo"]
objects = "objects"
"""


def test_every_key_is_read(folder):
    found = needs(folder, FULL)
    assert (found.to_start, found.urls) == (("postgres", "aws"), {"redis": "redis://me:secret@db.example:6380/1"})
    assert (found.setup, found.objects) == (folder / "setup.sql", folder / "objects")
    assert (found.buckets, found.queues) == (("receipts", "my.bucket-2"), ("orders", "Dead_letters.fifo"))
    assert "secret" not in repr(found)


@pytest.mark.parametrize("text", ["", "[services]", "[services]\nredis = false"])
def test_nothing_is_needed_unless_said(folder, text):
    assert needs(folder, text) == ServiceNeeds()


@pytest.mark.parametrize("text", ["", FULL])
def test_what_is_written_reads_back_the_same(folder, text):
    needs(folder, text)
    project = read(folder)
    written = render(project)
    assert needs(folder, written) == project.services
    missing = [name for name in ServiceNeeds.__struct_fields__ if f"\n{name} = " not in written.replace("# ", "")]
    assert missing == []


WRONG = [
    ("postgres = 5432", ConfigError, "services.postgres is 5432; needed: true, or the URL", "postgres = true"),
    ("redis = ['redis://:secret@a']", ConfigError, "services.redis is ['redis://…']; needed: true", "redis = true"),
    ("postgres = 'yes'", ConfigError, "services.postgres is 'yes'; needed: true, to start", "postgres = true"),
    ("postgres = 'mysql://u:secret@h/d'", ConfigError, "is 'mysql://…'; needed", "postgres = true"),
    ("postgres = 'u:secret@h'", ConfigError, "services.postgres is '…@h'; needed", "postgres = true"),
    ("postgres = 'postgresql:///d'", ConfigError, "services.postgres is 'postgresql://…'", "postgres = true"),
    ("redis = 'redis://:secret@h:x'", ConfigError, "own, redis://… or rediss://…", "redis = true"),
    ("redis = 'redis://h:99999'", ConfigError, "services.redis is 'redis://…'", "redis = true"),
    ("aws = 'localhost:4566'", ConfigError, "own, http://… or https://…", "aws = true"),
    ("aws = ['s3']", ConfigError, "services.aws is ['s3']; needed: true", "aws = true"),
    ("postgress = true", ConfigError, "unknown key 'postgress' in [services]", "did you mean postgres?"),
    ("setup = 'setup.sql'", ConfigError, "there is no postgres to start", "postgres = true"),
    ("postgres = 'postgresql://h/d'\nsetup = 'setup.sql'", ConfigError, "services.setup fills", "postgres = true"),
    ("buckets = ['receipts']", ConfigError, "there is no aws to start", "aws = true"),
    ("aws = 'http://h'\nqueues = ['orders']", ConfigError, "services.queues fills", "aws = true"),
    ("postgres = true\nsetup = 'gone.sql'", ConfigError, "services.setup is 'gone.sql'", "ls "),
    ("aws = true\nobjects = 'gone'", ConfigError, "services.objects is 'gone'", "ls "),
    ("aws = true\nobjects = 'objects/records'", ConfigError, "in.jsonl is in no bucket", "mkdir "),
    ("aws = true\nbuckets = ['Receipts']", InvalidValueError, "services.buckets is 'Receipts'; allowed: 3 … 63", ""),
    ("aws = true\nbuckets = 'receipts'", ConfigError, "needed: a list", 'buckets = ["receipts"]'),
    ("aws = true\nbuckets = [1]", ConfigError, "services.buckets[0] is 1; needed: a text", ""),
    ("aws = true\nqueues = ['a b']", InvalidValueError, "services.queues is 'a b'; allowed: 1 … 80", ""),
    (f"aws = true\nqueues = ['{'q' * 81}']", InvalidValueError, "allowed: 1 … 80", ""),
]


@pytest.mark.parametrize(("text", "error", "said", "hint"), WRONG, ids=[text[-30:] for text, *_ in WRONG])
def test_what_is_wrong_is_said_with_the_remedy_and_without_secrets(folder, text, error, said, hint):
    with pytest.raises(error) as caught:
        needs(folder, f"[services]\n{text}")
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert "secret" not in caught.value.message + caught.value.hint
