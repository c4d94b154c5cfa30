"""Edits of headstart.toml: one key is set, and nothing else."""

import pytest

from headstart.audit.fix.config_text import edited
from headstart.errors import EditError
from headstart.model.finding import RemoveProperty, SetProperty

CONFIG = """\
# mine
[function]  # the one
memory_mb = 128   # small
architecture = 'x86_64'

[function.environment]
timeout_s = "3"

[[events]]
sample = "sqs"
"""


def to_set(*path: str, value: object) -> SetProperty:
    return SetProperty(file="headstart.toml", id="f", path=path, value=value)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (to_set("MemorySize", value=256), "memory_mb = 128   #", "memory_mb = 256   #"),
        (to_set("Architectures", value=["arm64"]), "'x86_64'", '"arm64"'),
        (to_set("Timeout", value=9), "# the one\n", "# the one\ntimeout_s = 9\n"),
        (to_set("LoggingConfig", "LogFormat", value="JSON"), "# the one\n", '# the one\nlog_format = "JSON"\n'),
    ],
    ids=str,
)
def test_one_key_changes_and_no_other_character(edit, before, after, line_end):
    text = CONFIG.replace("\n", line_end)
    new = edited(text, edit)
    assert new == CONFIG.replace(before, after).replace("\n", line_end)
    assert edited(new, edit) == new


def test_a_file_without_the_table_gets_it():
    assert edited("[traffic]\n", to_set("Timeout", value=9)) == "[function]\ntimeout_s = 9\n\n[traffic]\n"


@pytest.mark.parametrize(
    ("text", "edit", "said"),
    [
        (CONFIG, to_set("TracingConfig", "Mode", value="Active"), "no key of"),
        (CONFIG, to_set("Environment", "Variables", value={}), "no key of"),
        (CONFIG, RemoveProperty(file="headstart.toml", id="f", path=("Timeout",)), "no key of"),
        ('[function]\nname = """\ntimeout_s = 3"""\n', to_set("Timeout", value=9), "changing more"),
        ("[function", to_set("Timeout", value=9), "not TOML"),
    ],
    ids=str,
)
def test_what_cannot_be_said_there_is_refused(text, edit, said):
    with pytest.raises(EditError, match=said):
        edited(text, edit)
