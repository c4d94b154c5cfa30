"""What a template leaves out for certain, and which of its functions are the user's."""

from pathlib import Path

import pytest

from headstart.audit.declared import has_unseen_layers, is_added_by_cdk, is_unset, own_functions, template_edits
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import SetProperty
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, NotUnderstood, Place, Resource, Symbolic

PLACE = Place("template.yaml", 3)


def function(construct_path: str = "", **properties: object) -> DeclaredFunction:
    resource = Resource(
        id="Orders",
        type="AWS::Lambda::Function",
        properties=properties,
        place=PLACE,
        construct_path=construct_path,
    )
    return DeclaredFunction(resource=resource, name="orders")


@pytest.mark.parametrize(
    "construct_path",
    [
        "Shop/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/Resource",
        "Shop/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler",
        "Shop/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C/Resource",
        "Shop/BucketNotificationsHandler050a0587b7544547bf325f094a3db834/Resource",
        "Shop/AWS679f53fac002430cb0da5b7982bd2287/Resource",
        "Shop/Provider/framework-onEvent/Resource",
    ],
)
def test_functions_that_cdk_adds_are_not_the_users(construct_path: str):
    added = function(construct_path)
    assert is_added_by_cdk(added)
    infrastructure = Infrastructure(file="Shop.template.json", functions=(added, function("Shop/Orders/Resource")))
    found = own_functions(Subject(root=Path(), infrastructures=(infrastructure,)))
    assert [each.resource.construct_path for _, each in found] == ["Shop/Orders/Resource"]


def test_what_only_a_deployment_knows_is_not_missing():
    infrastructure = Infrastructure(file="template.yaml")
    resource = function(VpcConfig=Symbolic("${Vpc}"), Timeout=3).resource
    assert is_unset(infrastructure, resource, "MemorySize")
    assert not is_unset(infrastructure, resource, "Timeout")
    assert not is_unset(infrastructure, resource, "VpcConfig")
    assert not is_unset(infrastructure, resource, "VpcConfig", "SubnetIds")


def test_a_program_that_is_not_followed_may_say_what_seems_missing():
    doubt = NotUnderstood(id="Orders", what="**settings")
    program = Infrastructure(file="stack.py", is_program=True, not_understood=(doubt,))
    assert not is_unset(program, function().resource, "Timeout")
    assert is_unset(Infrastructure(file="stack.py", is_program=True), function().resource, "Timeout")


def test_layers_that_are_elsewhere():
    assert not has_unseen_layers(AuditedFunction(name="orders", declared=function()))
    elsewhere = function(Layers=["arn:aws:lambda:us-east-1:123456789012:layer:tools:1"])
    assert has_unseen_layers(AuditedFunction(name="orders", declared=elsewhere))
    assert has_unseen_layers(AuditedFunction(name="orders", declared=function(Layers=Symbolic("${Layers}"))))


def test_only_templates_are_edited():
    declared, infrastructure = function(), Infrastructure(file="template.yaml")
    of_template = AuditedFunction(name="orders", declared=declared, infrastructure=infrastructure)
    assert template_edits(of_template, "Timeout", to=6) == (
        SetProperty(file="template.yaml", id="Orders", path=("Timeout",), value=6),
    )
    assert template_edits(AuditedFunction(name="orders", declared=declared), "Timeout", to=6) == ()
