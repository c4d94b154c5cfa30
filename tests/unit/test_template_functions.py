"""Functions, versions and aliases of hand-made resources."""

from pathlib import Path

import pytest
from template_fixture import FUNCTION, LIVE, ORDERS, ORDERS_ARN, VERSION, lambda_function, look, ref, resource

from headstart.infra.template.views import typed
from headstart.model.function import Architecture, LogFormat
from headstart.model.infrastructure import NotUnderstood, Place, Symbolic


def test_a_function_says_what_its_resource_says_and_no_more():
    bare = look(ORDERS).functions[0]
    assert (bare.id, bare.name, bare.runtime, bare.handler) == ("Orders", "Orders", "python3.13", "app.handler")
    assert (bare.memory_mb, bare.timeout_s, bare.architecture, bare.reserved) == (None, None, None, None)
    assert (bare.ephemeral_storage_mb, bare.code, bare.layers, bare.has_snap_start) == (None, None, (), False)


def test_every_property_of_a_function_is_read(tmp_path):
    layer = resource("Shared", "AWS::Lambda::LayerVersion", metadata={"headstart:layer": str(tmp_path)})
    function = lambda_function(
        metadata={"headstart:code": tmp_path},
        FunctionName="orders",
        MemorySize="512",
        Timeout=30,
        Architectures=["arm64"],
        EphemeralStorage={"Size": 1024},
        ReservedConcurrentExecutions=0,
        SnapStart={"ApplyOn": "PublishedVersions"},
        Layers=[ref("Shared"), "arn:aws:lambda:us-east-1:1:layer:powertools:1"],
        Environment={"Variables": {"STAGE": "prod", "ON": True, "SIZE": 7, "TABLE": ref("Table")}},
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"},
    )
    found = look(function, layer).functions[0]
    assert (found.name, found.memory_mb, found.timeout_s, found.architecture) == ("orders", 512, 30, "arm64")
    assert (found.ephemeral_storage_mb, found.reserved, found.has_snap_start) == (1024, 0, True)
    assert (found.code, found.layers) == (tmp_path, (tmp_path,))
    assert found.environment == {"STAGE": "prod", "ON": "true", "SIZE": "7", "TABLE": ref("Table")}
    spec = found.spec
    assert spec is not None
    assert (spec.memory.mb, spec.timeout_s, spec.architecture) == (512, 30, Architecture.ARM64)
    assert (spec.log_format, spec.application_log_level, spec.layers) == (LogFormat.JSON, "WARN", (tmp_path,))
    assert spec.environment == {"STAGE": "prod", "ON": "true", "SIZE": "7", "TABLE": "Table"}


def test_a_spec_has_the_defaults_of_aws_and_not_those_of_this_machine(tmp_path):
    spec = look(lambda_function(metadata={"headstart:code": tmp_path})).functions[0].spec
    assert spec is not None
    assert (spec.memory.mb, spec.timeout_s, spec.architecture) == (128, 3, Architecture.X86_64)
    assert (spec.name, spec.handler, spec.runtime, spec.code) == ("Orders", "app.handler", "python3.13", tmp_path)


@pytest.mark.parametrize(
    ("value", "physical"),
    [
        (ref("Table"), "Table"),
        (Symbolic("${Db.Endpoint.Address}", ("Db",)), "Db.Endpoint.Address"),
        (
            Symbolic("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Queue}", ("Queue",)),
            "arn:aws:sqs:us-east-1:123456789012:Queue",
        ),
        (Symbolic("${AWS::StackName}-orders"), "AWS-StackName-orders"),
    ],
)
def test_what_only_a_deployment_knows_looks_in_a_spec_like_what_it_will_be(tmp_path, value, physical):
    function = lambda_function(metadata={"headstart:code": tmp_path}, Environment={"Variables": {"IT": value}})
    spec = look(function).functions[0].spec
    assert spec is not None
    assert spec.environment == {"IT": physical}


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "image"),
        ({"Runtime": "nodejs22.x"}, "nodejs22.x"),
        ({"Runtime": ref("Runtime")}, "only after deployment"),
        ({"Runtime": "python3.9"}, "runtime is 'python3.9'; allowed: python3.10"),
        ({"Handler": ref("Handler")}, "handler"),
        ({"MemorySize": 64}, "memory_mb is 64"),
        ({"Environment": {"Variables": {"AWS_REGION": "eu"}}}, "AWS_REGION"),
    ],
)
def test_why_a_function_cannot_run_here_is_said(tmp_path, properties, why):
    function = look(lambda_function(metadata={"headstart:code": tmp_path}, **properties)).functions[0]
    assert function.spec is None
    assert why in function.why_no_spec


def test_code_that_is_not_here_is_said(tmp_path):
    nowhere = look(lambda_function()).functions[0]
    gone = look(lambda_function(metadata={"headstart:code": tmp_path / "gone"})).functions[0]
    assert (nowhere.spec, nowhere.why_no_spec) == (None, "its code is not on this machine")
    assert "gone, does not exist" in gone.why_no_spec


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"MemorySize": "lots"}, "MemorySize is 'lots'; needed: a whole number"),
        ({"Timeout": 2.5}, "Timeout is 2.5; needed: a whole number"),
        ({"Timeout": 10**400}, f"Timeout is {'1' + 39 * '0'}; needed: a whole number"),
        ({"Timeout": True}, "Timeout is True; needed: a whole number"),
        ({"Environment": ["A"]}, "Environment is a list; needed: a mapping"),
        ({"Environment": {"Variables": {"A": ["secret"]}}}, "Environment.Variables.A is a list; needed: text"),
        ({"Architectures": "arm64"}, "Architectures is text; needed: a list"),
        ({"Layers": {"a": 1}}, "Layers is a mapping; needed: a list"),
        ({"EphemeralStorage": 512}, "EphemeralStorage is 512; needed: a mapping"),
        ({"SnapStart": "on"}, "SnapStart is text; needed: a mapping"),
        ({"LoggingConfig": "JSON"}, "LoggingConfig is text; needed: a mapping"),
        ({"Runtime": {"x": 1}}, "Runtime is a mapping; needed: text"),
        ({"ReservedConcurrentExecutions": "nan"}, "ReservedConcurrentExecutions is 'nan'; needed: a whole number"),
    ],
)
def test_a_value_of_another_type_is_listed_with_its_place(properties, what):
    given = {"Runtime": "python3.13", "Handler": "a.b"} | properties
    place = Place("template.yaml", 12, 9)
    function = resource("Orders", FUNCTION, given, places={(next(iter(properties)),): place})
    assert look(function).not_understood == (NotUnderstood(id="Orders", what=what, place=place),)


def test_what_was_not_understood_before_stays():
    before = NotUnderstood(id="Orders", what="Fn::Transform")
    assert typed("t.yaml", {}, not_understood=[before]).not_understood == (before,)


def test_versions_and_aliases_know_their_function_and_version():
    found = look(ORDERS, VERSION, LIVE)
    assert (found.versions[0].function, found.versions[0].provisioned) == ("Orders", None)
    alias = found.aliases[0]
    assert (alias.function, alias.name, alias.version, alias.provisioned) == ("Orders", "live", "V1", 5)


@pytest.mark.parametrize(
    ("value", "function"),
    [
        (ref("Orders"), "Orders"),
        (ORDERS_ARN, "Orders"),
        (Symbolic("${Orders.Arn}", ("Orders",)), "Orders"),
        ("orders-fn", "Orders"),
        ("arn:aws:lambda:eu-central-1:123456789012:function:orders-fn", "Orders"),
        ("123456789012:function:elsewhere", "elsewhere"),
        (Symbolic("${FunctionParameter}"), "${FunctionParameter}"),
    ],
)
def test_a_function_is_known_by_each_form_of_its_name(value, function):
    orders = lambda_function(FunctionName="orders-fn")
    alias = resource("Live", "AWS::Lambda::Alias", {"FunctionName": value, "Name": "live", "FunctionVersion": "7"})
    assert look(orders, alias).aliases[0].function == function


def test_a_function_in_a_nested_stack_is_known():
    orders = lambda_function("Shop.Orders")
    version = resource("Shop.V1", "AWS::Lambda::Version", {"FunctionName": ref("Shop.Orders")})
    arn = Symbolic("${Shop.Orders.Arn}", ("Shop.Orders",))
    alias = resource(
        "Shop.Live",
        "AWS::Lambda::Alias",
        {"FunctionName": arn, "Name": "live", "FunctionVersion": Symbolic("${Shop.V1.Version}", ("Shop.V1",))},
    )
    found = look(orders, version, alias)
    assert (found.versions[0].function, found.aliases[0].function) == ("Shop.Orders", "Shop.Orders")
    assert found.aliases[0].version == "Shop.V1"


def test_an_alias_of_an_alias_or_of_itself_ends():
    alias = resource("Live", "AWS::Lambda::Alias", {"FunctionName": ref("Live"), "Name": "live"})
    assert look(alias).aliases[0].function == "${Live}"


def test_weights_are_by_version():
    weights = [
        {"FunctionVersion": Symbolic("${V1.Version}", ("V1",)), "FunctionWeight": 0.1},
        {"FunctionVersion": "7", "FunctionWeight": "0.2"},
        {"FunctionVersion": "8", "FunctionWeight": ref("Weight")},
    ]
    alias = resource(
        "Live",
        "AWS::Lambda::Alias",
        {"FunctionName": ref("Orders"), "Name": "live", "RoutingConfig": {"AdditionalVersionWeights": weights}},
    )
    assert look(ORDERS, VERSION, alias).aliases[0].weights == {"V1": 0.1, "7": 0.2}


def test_code_is_a_path():
    assert look(lambda_function(metadata={"headstart:code": "src"})).functions[0].code == Path("src")
