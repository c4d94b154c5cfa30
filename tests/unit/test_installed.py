"""Records that installers leave."""

import pytest

from headstart.model.installed import normalized, recorded


@pytest.mark.parametrize(
    ("record", "files"),
    [
        ("six.py,sha256=x,1\nsix-1.17.0.dist-info/RECORD,,\n", ["six.py", "six-1.17.0.dist-info/RECORD"]),
        ('"a,b.py",,\n', ["a,b.py"]),
        ("../../bin/tool,,\n/etc/passwd,,\nkept.py,,\n\n", ["kept.py"]),
        ("kept.py,,\n" + "x" * 200_000 + ",,\n", ["kept.py"]),
        ("", []),
    ],
)
def test_a_record_has_the_files_of_its_distribution(record, files):
    assert recorded(record) == files


def test_names_are_as_pep_503_has_them():
    assert normalized("Ruamel.YAML__x") == "ruamel-yaml-x"
