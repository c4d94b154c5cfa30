"""How a CDK program is read: values through Python's statements, and doubt wherever something is not known."""

from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from headstart.infra.program import api, api_from_source, reader
from headstart.model.infrastructure import FaultKind, Infrastructure, Symbolic

TOP = """\
import os
import aws_cdk as cdk
from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct
from elsewhere import make_alarms, settings
"""
STACK = """\
class Shop(Stack):
    def __init__(self, scope, construct_id, size=1, **kwargs):
        super().__init__(scope, construct_id, **kwargs)
"""


def stack(body: str, *, before: str = "", after: str = "") -> str:
    return TOP + dedent(before) + STACK + indent(dedent(body), " " * 8) + dedent(after)


def read(tmp_path: Path, source: str) -> Infrastructure:
    file = tmp_path / "stack.py"
    file.write_text(source)
    [infrastructure] = reader.read(file)
    return infrastructure


def function(keywords: str, name: str = "Orders") -> str:
    return f'lambda_.Function(self, "{name}", {keywords})'


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("memory_size=512", 512),
        ("memory_size=256 * 2", 512),
        ("memory_size=MEMORY_MB", 512),
        ("memory_size=SIZES['large']", 512),
        ("memory_size=SIZES.get('huge', 512)", 512),
        ("memory_size=max(SIZES.values())", 512),
        ("memory_size=512 if MEMORY_MB > 1 else 128", 512),
        ("memory_size=None or 512", 512),
        ("memory_size=twice(256)", 512),
        ("memory_size=(lambda half: half * 2)(256)", 512),
        ("memory_size=Sizes.LARGE.value", 512),
        ("memory_size=[*SIZES.values()][-1]", 512),
        ("memory_size=sum(each for each in (256, 128, 128))", 512),
        ("memory_size={name: mb for name, mb in SIZES.items()}['large']", 512),
        ("**{'memory_size': 512}", 512),
        ("**dict(memory_size=512)", 512),
        ("memory_size=len('x' * 512)", 512),
        ("memory_size=int('512')", 512),
        ("memory_size=cdk.Size.gibibytes(0.5).to_mebibytes()", 512),
        ("memory_size=Duration.minutes(5).to_seconds() + 212", 512),
        ("memory_size=int(os.environ['MEMORY_MB'])", None),
        ("memory_size=size", None),
        ("memory_size=settings.memory_mb", None),
        ("memory_size=self.node.try_get_context('memory')", None),
        ("memory_size=not_defined", None),
    ],
)
def test_a_value_is_followed_or_symbolic(given: str, known: int | None, tmp_path: Path):
    before = """
    import enum
    MEMORY_MB = 512
    SIZES = {"small": 128, "large": 512}
    class Sizes(enum.Enum):
        LARGE = 512
    def twice(number):
        return number * 2
    """
    [found] = read(tmp_path, stack(function(given), before=before)).functions
    assert found.memory_mb == known
    assert known or isinstance(found.resource.get("MemorySize"), Symbolic)


@pytest.mark.parametrize(
    ("body", "memory_mb"),
    [
        ("m = 128\nm += 384\nF(m)", 512),
        ("a, (b, *c) = 1, (512, 3)\nF(b)", 512),
        ("if size > 1:\n    m = 512\nelse:\n    m = 512\nF(m)", 512),
        ("if size > 1:\n    m = 512\nelse:\n    m = 256\nF(m)", None),
        ("m = 128\nif size > 1:\n    m = 512\nF(m)", None),
        ("m = 128\nif 2 > 1:\n    m = 512\nF(m)", 512),
        ("m = 128\nfor each in size:\n    m = 512\nF(512)", 512),
        ("for m in (128, 512):\n    if m < 200:\n        continue\n    F(m)", 512),
        ("for m in (512, 128):\n    F(m)\n    break", 512),
        ("try:\n    m = 512\nexcept ValueError:\n    m = 128\nF(m)", 512),
        ("self.m = 512\nF(self.m)", 512),
        ("self.m = 128\nif size:\n    self.m = 512\nF(self.m)", None),
        ("sizes = []\nsizes.append(512)\nF(sizes[0])", 512),
        ("sizes = {}\nsizes['m'] = 512\nF(sizes['m'])", 512),
        ("def choose():\n    if size:\n        return 512\n    return 128\nF(choose())", None),
        ("def choose(m=512, *, n=1):\n    return m * n\nF(choose())", 512),
        ("match size:\n    case 1:\n        m = 512\n    case _:\n        m = 128\nF(512)", 512),
        ("with open('x') as file:\n    F(512)", 512),
        ("assert size\nF(512)", 512),
    ],
)
def test_statements_are_followed(body: str, memory_mb: int | None, tmp_path: Path):
    source = stack(body.replace("F(", 'lambda_.Function(self, "Orders", memory_size='))
    [found] = read(tmp_path, source).functions
    assert found.memory_mb == memory_mb


DOUBTED: list[tuple[str, set[str]]] = [
    (function("runtime=lambda_.Runtime.PYTHON_3_13, **settings"), {"Orders"}),
    ("if size:\n    " + function("memory_size=128"), {"Orders"}),
    ("for each in size:\n    " + function("memory_size=128"), {"Orders"}),
    ("while size:\n    " + function("memory_size=128"), {"Orders"}),
    ("if size:\n    raise ValueError\n" + function("memory_size=128"), {"Orders"}),
    ("fn = " + function("memory_size=128") + "\nmake_alarms(fn)", {"Orders"}),
    ("fns = {'a': [" + function("memory_size=128") + "]}\nmake_alarms(fns)", {"Orders"}),
    (function("memory_size=128") + "\nmake_alarms(self)", {"Shop"}),
    ("fn = " + function("memory_size=128") + "\nif size:\n    fn.add_environment('A', 'b')", {"Orders"}),
    ("fn = " + function("memory_size=128") + "\nfn.node.find_child('Role')", {"Orders"}),
    (function("memory_size=settings.memory_mb"), {"Orders"}),
    (function("environment=settings.environment()"), {"Orders"}),
    (
        "a = " + function("memory_size=1") + "\nb = " + function("memory_size=2", "B") + "\nc = a if size else b",
        {"Orders", "B"},
    ),
    ("cw.Alarm(self, 'Busy', metric=settings.metric, threshold=1, evaluation_periods=1)", {"Busy"}),
]


@pytest.mark.parametrize(("body", "doubted"), DOUBTED)
def test_what_is_not_followed_is_listed(body: str, doubted: set[str], tmp_path: Path):
    infrastructure = read(tmp_path, stack(body))
    assert infrastructure.is_program
    assert {each.id for each in infrastructure.not_understood} == doubted
    assert all(each.place.line for each in infrastructure.not_understood)


@pytest.mark.parametrize(
    "body",
    [
        function("memory_size=size, environment={'A': os.environ['A'], 'B': f'{self.account}-{size}'}"),
        "fn = " + function("memory_size=128") + "\ncdk.CfnOutput(self, 'Arn', value=fn.function_arn)",
        "fn = " + function("memory_size=128") + "\nqueue = sqs.Queue(self, 'Q')\nqueue.grant_consume_messages(fn)",
        "fn = " + function("memory_size=128") + "\nprint(fn.function_name)\ncdk.Tags.of(self).add('a', 'b')",
        "if size:\n    limit = 1\n" + function("memory_size=128"),
    ],
)
def test_what_comes_from_outside_or_changes_nothing_is_no_doubt(body: str, tmp_path: Path):
    assert read(tmp_path, stack(body)).not_understood == ()


def test_parts_of_a_stack_are_followed_into_their_classes(tmp_path: Path):
    before = """
    class Part(Construct):
        def __init__(self, scope, construct_id, *, memory_mb):
            super().__init__(scope, construct_id)
            self._memory_mb = memory_mb
            self.function = self._made("Function")

        @property
        def timeout(self):
            return Duration.seconds(self._memory_mb / 64)

        @staticmethod
        def handler():
            return "app.handler"

        def _made(self, name):
            return lambda_.Function(
                self, name, memory_size=self._memory_mb, timeout=self.timeout, handler=self.handler()
            )

    class Larger(Part):
        def __init__(self, scope, construct_id):
            super().__init__(scope, construct_id, memory_mb=1024)
    """
    body = """
    part = Part(self, "Part", memory_mb=512)
    part.function.add_environment("A", "b")
    Larger(self, "Larger")
    """
    small, large = read(tmp_path, stack(body, before=before)).functions
    assert (small.id, small.memory_mb, small.timeout_s, small.handler) == ("PartFunction", 512, 8, "app.handler")
    assert small.environment == {"A": "b"}
    assert (large.id, large.memory_mb) == ("LargerFunction", 1024)


def test_a_class_may_be_a_function_itself(tmp_path: Path):
    before = """
    class Tuned(lambda_.Function):
        def __init__(self, scope, name, **more):
            super().__init__(scope, name, runtime=lambda_.Runtime.PYTHON_3_13, memory_size=512, **more)
    """
    body = """
    tuned = Tuned(self, "Tuned", timeout=Duration.seconds(5))
    cw.Alarm(self, "Slow", metric=tuned.metric_duration(), threshold=tuned.timeout.to_seconds(), evaluation_periods=3)
    """
    infrastructure = read(tmp_path, stack(body, before=before))
    [found] = infrastructure.functions
    assert (found.memory_mb, found.timeout_s) == (512, 5)
    assert [(alarm.function, alarm.threshold) for alarm in infrastructure.alarms] == [("Tuned", 5)]


def test_each_stack_of_a_file_is_apart(tmp_path: Path):
    file = tmp_path / "app.py"
    other = STACK.replace("Shop", "Store") + " " * 8 + function("memory_size=256")
    file.write_text(
        stack(function("memory_size=128")) + "\n" + other + "\napp = cdk.App()\nShop(app, 'A')\nShop(app, 'B')\n"
        "Store(app, 'C')\nplain = Stack(app, 'D')\nlambda_.Function(plain, 'Orders', memory_size=512)\n"
    )
    found = [[each.memory_mb for each in infrastructure.functions] for infrastructure in reader.read(file)]
    assert found == [[128], [256], [512]]


def test_places_are_those_of_keywords_and_of_methods(tmp_path: Path):
    source = stack(
        """
        fn = lambda_.Function(
            self,
            "Orders",
            memory_size=512,
            environment={
                "A": "b",
            },
        )
        (
            lambda_.Alias(self, "Live", alias_name="live", version=fn.current_version)
            .add_auto_scaling(max_capacity=5)
            .scale_on_utilization(utilization_target=0.7)
        )
        """
    )
    lines = source.splitlines()

    def text(place: Any) -> str:
        return lines[place.line - 1].strip()

    infrastructure = read(tmp_path, source)
    [found], [policy] = infrastructure.functions, infrastructure.scaling_policies
    assert text(found.resource.place) == "fn = lambda_.Function("
    assert text(found.resource.place_of("MemorySize")) == "memory_size=512,"
    assert text(found.resource.place_of("Environment", "Variables", "A")) == "environment={"
    assert text(policy.resource.place) == ".scale_on_utilization(utilization_target=0.7)"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("lambda_.Funktion", [(FaultKind.NO_ATTRIBUTE, "Funktion", "Function")]),
        ("lambda_.Runtime.PYTHON_9_9", [(FaultKind.NO_ATTRIBUTE, "PYTHON_9_9", "PYTHON_3_9")]),
        (function("memory=1"), [(FaultKind.NO_KEYWORD, "memory", "memory_size")]),
        ("fn = " + function("") + "\nfn.timeout.to_seconds()", [(FaultKind.NOT_SET, "timeout", "")]),
        ("fn = " + function("") + "\nif fn.timeout:\n    fn.timeout.to_seconds()", []),
        ("if hasattr(lambda_, 'New'):\n    lambda_.New()", []),
        ("fn = " + function("") + "\nfn.node.anything\nfn._own\nsettings.anything", []),
        ("from aws_cdk import aws_new\naws_new.Anything(self, 'A', anything=1)", []),
    ],
)
def test_where_a_program_stops(body: str, faults: list[tuple[FaultKind, str, str]], tmp_path: Path):
    file = tmp_path / "stack.py"
    file.write_text(stack(body))
    found = [fault for infrastructure in reader.read(file) for fault in infrastructure.faults]
    assert [(each.kind, each.name, each.nearest) for each in found] == faults


def test_code_is_found_from_the_folder_of_the_app(tmp_path: Path):
    (tmp_path / "stacks").mkdir()
    (tmp_path / "functions/orders").mkdir(parents=True)
    (tmp_path / "cdk.json").write_text("{}")
    file = tmp_path / "stacks/shop.py"
    paths = [
        "'functions/orders'",
        "'functions/gone'",
        "os.path.join(os.path.dirname(__file__), '..', 'functions/orders')",
    ]
    paths += ["'dist/orders.zip'", "settings.path"]
    body = "\n".join(function(f"code=lambda_.Code.from_asset({path})", f"F{n}") for n, path in enumerate(paths))
    file.write_text(stack(body))
    [infrastructure] = reader.read(file)
    orders, gone, joined, built, unknown = (each.code for each in infrastructure.functions)
    assert orders == tmp_path / "functions/orders"
    assert gone == tmp_path / "functions/gone"
    assert joined == orders
    assert built is None, "what a build makes is not there before"
    assert unknown is None


@pytest.mark.parametrize(
    "source",
    ["def broken(:", "x = 1", TOP, "import aws_cdk\n" + "(" * 300 + ")" * 300, "while True:\n    pass\n", "\0"],
)
def test_what_makes_nothing_is_nothing(source: str, tmp_path: Path):
    file = tmp_path / "stack.py"
    file.write_text(source)
    assert reader.read(file) == ()


@pytest.mark.parametrize(
    "body",
    [
        "def again(n):\n    return again(n + 1)\nagain(1)\n",
        "for a in range(400):\n    for b in range(400):\n        for c in range(400):\n            items = [a]\n",
        "text = 'x'\nfor a in range(400):\n    text += text\n",
        "n = 9\nfor a in range(90):\n    n = n * n\n",
    ],
)
def test_a_program_without_end_is_left(body: str, tmp_path: Path):
    infrastructure = read(tmp_path, stack(function("memory_size=128") + "\n" + body))
    assert infrastructure.functions


def test_files_of_a_program_are_found(tmp_path: Path):
    for name, text in {
        "app.py": "from aws_cdk import App",
        "a/b.py": "import aws_cdk as cdk",
        "c.py": "# aws_cdk",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/d.py").write_text("import aws_cdk")
    assert reader.find(tmp_path) == [tmp_path / "app.py", tmp_path / "a/b.py"]
    assert reader.find(tmp_path / "c.py") == []


@pytest.mark.slow
def test_the_names_of_the_cdk_are_those_of_its_sources():
    import importlib.metadata
    import importlib.util

    package = importlib.util.find_spec("aws_cdk")
    if importlib.metadata.version("aws-cdk-lib") == api.version():
        made = api_from_source.read(Path(package.origin).parent, version=api.version())
        assert api_from_source.as_text(made) == api_from_source.DATA.read_text()


def test_the_names_of_the_cdk_are_a_small_file():
    assert api_from_source.DATA.stat().st_size < 100_000
    assert (
        api.class_named("aws_cdk.aws_lambda.Function").members["current_version"].returns
        == "aws_cdk.aws_lambda.Version"
    )
