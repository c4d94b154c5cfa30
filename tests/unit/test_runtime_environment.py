"""The environment variables of a function, and those that are refused."""

from pathlib import Path

import pytest

from headstart.engine.runtime_environment import RESERVED, Paths, check_variables, environment_variables
from headstart.errors import InvalidValueError
from headstart.model.function import FunctionSpec, LogFormat


def spec(**settings: object) -> FunctionSpec:
    return FunctionSpec(**{"name": "f", "code": Path(), "handler": "app.handler", "runtime": "python3.13", **settings})


def variables(probe: str | None = None, paths: Paths = Paths(), **settings: object) -> dict[str, str]:  # noqa: B008
    return environment_variables(
        spec(**settings), paths=paths, runtime_api="127.0.0.1:9001", log_stream="stream", probe=probe
    )


def test_own_variables_come_with_lambda_s():
    found = variables(environment={"STAGE": "test", "PATH": "/own/bin", "TZ": "Europe/Berlin"})
    assert found["STAGE"] == "test"
    assert (found["PATH"], found["TZ"]) == ("/own/bin", "Europe/Berlin")
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"


def test_the_log_level_is_set_for_json_only():
    assert "AWS_LAMBDA_LOG_LEVEL" not in variables()
    assert variables(log_format=LogFormat.JSON)["AWS_LAMBDA_LOG_LEVEL"] == "INFO"
    assert variables(log_format=LogFormat.JSON, application_log_level="DEBUG")["AWS_LAMBDA_LOG_LEVEL"] == "DEBUG"


def test_a_custom_runtime_has_nothing_of_python():
    found = variables(runtime="provided.al2023")
    assert not {"PYTHONPATH", "AWS_EXECUTION_ENV", "LC_CTYPE"} & found.keys()
    assert found["LAMBDA_TASK_ROOT"] == "/var/task"


def test_nothing_of_ours_is_there_unless_it_is_needed():
    assert not [name for name in variables() if name.startswith("_HEADSTART")]
    found = variables(probe="probe_imports", paths=Paths(opt="/elsewhere/opt"))
    assert (found["_HEADSTART_PROBE"], found["_HEADSTART_OPT"]) == ("probe_imports", "/elsewhere/opt")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_reserved_variables_are_refused(name):
    with pytest.raises(InvalidValueError) as raised:
        check_variables(spec(environment={"FINE": "1", name: "mine"}))
    assert name in raised.value.message
    assert name in raised.value.hint


def test_aws_credentials_may_be_named():
    own = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}
    assert own.items() <= variables(environment=own).items()


def test_4_kb_of_variables_are_enough():
    check_variables(spec(environment={"A": "x" * 4095}))
    with pytest.raises(InvalidValueError, match="4097 bytes"):
        check_variables(spec(environment={"A": "é" * 2048}))
