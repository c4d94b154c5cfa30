"""What a function finds around it: variables, search path, packages and Python are Lambda's, not this machine's."""

import json
import re
from pathlib import Path

import pytest

from headstart.engine import interpreters, runtime_folder
from headstart.model.function import InitializationType, LogFormat
from headstart.model.invocation import Event

EVENT = Event(b"{}")
SAY = "import {module}\ndef handler(event, context):\n    return {expression}\n"
PINNED = re.search(
    r"^boto3==([\d.]+)", Path(runtime_folder.__file__).with_name("runtime-requirements.txt").read_text(), re.M
)


@pytest.fixture(autouse=True)
def secrets(monkeypatch) -> None:
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_REGION",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "LC_ALL",
    ):
        monkeypatch.setenv(name, "leaked")


@pytest.fixture
def ask(deploy):
    async def ask(expression, *, module="os", **settings):
        report = await (await deploy(SAY.format(module=module, expression=expression), **settings)).invoke(EVENT)
        return json.loads(report.outcome.payload)

    return ask


async def test_environment_variables(deploy):
    invoker = await deploy(SAY.format(module="os", expression="dict(os.environ)"), environment={"STAGE": "test"})
    report = await invoker.invoke(EVENT)
    found = json.loads(report.outcome.payload)
    assert re.fullmatch(r"127\.0\.0\.1:\d+", found.pop("AWS_LAMBDA_RUNTIME_API"))
    trace = found.pop("_X_AMZN_TRACE_ID")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", trace)
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", found["AWS_LAMBDA_LOG_STREAM_NAME"])
    assert found.pop("AWS_LAMBDA_LOG_STREAM_NAME") == report.environment_id
    assert found == {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "tested",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tested",
        "AWS_REGION": "us-east-1",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:"
        "/opt/lib",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PWD": "/var/task",
        "PYTHONPATH": "/var/runtime",
        "SHLVL": "0",
        "STAGE": "test",
        "TZ": ":UTC",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "_HANDLER": "app.handler",
    }


async def test_variables_follow_the_settings(ask):
    found = await ask(
        "dict(os.environ)",
        memory_mb=512,
        version="7",
        region="eu-west-1",
        log_format=LogFormat.JSON,
        application_log_level="DEBUG",
        initialization=InitializationType.PROVISIONED_CONCURRENCY,
    )
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert found["AWS_LAMBDA_FUNCTION_VERSION"] == "7"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert found["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
    assert found["AWS_LAMBDA_LOG_LEVEL"] == "DEBUG"
    assert found["AWS_LAMBDA_INITIALIZATION_TYPE"] == "provisioned-concurrency"


async def test_search_path(ask):
    found = await ask("sys.path", module="sys")
    assert found[:4] == ["/var/task", "/opt/python/lib/python3.11/site-packages", "/opt/python", "/var/runtime"]
    assert len(found) == len(set(found))
    assert all(entry.startswith("/var/lang/") for entry in found[4:])


async def test_packages_of_the_machine_are_not_there(ask):
    source = "[found.name for found in pkgutil.iter_modules() if '-packages' in found.module_finder.path]"
    assert await ask(source, module="pkgutil") == []


async def test_a_package_that_only_the_machine_has_cannot_be_imported(deploy):
    report = await (await deploy("import pip\ndef handler(event, context):\n    pass")).invoke(EVENT)
    assert report.outcome.message == "Unable to import module 'app': No module named 'pip'"


async def test_boto3_is_the_pinned_one(ask):
    found = await ask("[boto3.__version__, boto3.__file__]", module="boto3")
    assert found == [PINNED[1], "/var/runtime/boto3/__init__.py"]


async def test_a_package_s_own_boto3_wins(ask, tmp_path):
    (tmp_path / "function" / "boto3").mkdir(parents=True)
    (tmp_path / "function" / "boto3" / "__init__.py").write_text("__version__ = 'own'")
    assert await ask("boto3.__version__", module="boto3") == "own"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def test_layers(ask, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    write(one / "python" / "shared.py", "origin = 'one'")
    write(one / "python" / "boto3.py", "__version__ = 'of the layer'")
    write(one / "python" / "app_settings.py", "origin = 'layer'")
    write(one / "bin" / "tool", "one")
    write(two / "python" / "shared.py", "origin = 'two'")
    write(two / "python" / "lib" / "python3.11" / "site-packages" / "deep.py", "")
    write(tmp_path / "function" / "app_settings.py", "origin = 'task'")
    found = await ask(
        "[shared.origin, boto3.__version__, app_settings.origin, deep.__file__, open('/opt/bin/tool').read()]",
        module="shared, boto3, app_settings, deep",
        layers=(one, two),
    )
    deep = "/opt/python/lib/python3.11/site-packages/deep.py"
    assert found == ["two", "of the layer", "task", deep, "one"]


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("app.py", "app.handler"),
        ("pkg/mod.py", "pkg/mod.handler"),
        ("pkg/mod.py", "pkg.mod.handler"),
        ("pkg/__init__.py", "pkg.handler"),
    ],
)
async def test_handler_forms(deploy, tmp_path, name, handler):
    (tmp_path / "function" / "pkg").mkdir(parents=True)
    source = "def handler(event, context):\n    return [__name__, __file__]\n"
    report = await (await deploy(source, name=name, handler=handler)).invoke(EVENT)
    module = "pkg" if name == "pkg/__init__.py" else name.removesuffix(".py").replace("/", ".")
    assert json.loads(report.outcome.payload) == [module, f"/var/task/{name}"]


@pytest.mark.parametrize("runtime", [found.runtime for found in interpreters.installed()])
async def test_python_is_the_one_asked_for(ask, runtime):
    found = await ask(
        "['python%d.%d' % sys.version_info[:2], os.environ['AWS_EXECUTION_ENV'], sys.prefix, boto3.__version__]",
        module="boto3, os, sys",
        runtime=runtime,
    )
    assert found == [runtime, f"AWS_Lambda_{runtime}", "/var/lang", PINNED[1]]
