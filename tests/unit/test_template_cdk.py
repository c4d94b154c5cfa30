"""What cdk synth wrote: ``cdk_out`` is its output, made smaller: a stack with a nested one, and one in a stage."""

from pathlib import Path
from shutil import copytree, rmtree

import pytest

from headstart.errors import TemplateError
from headstart.infra.template.assembly import stacks
from headstart.infra.template.options import ReadOptions
from headstart.infra.template.reader import read

CDK_OUT = Path(__file__).with_name("cdk_out")
SHOP = CDK_OUT / "Shop.template.json"


def named(infrastructure, start):
    return next(each for id_, each in infrastructure.resources.items() if id_.startswith(start))


def test_code_and_layers_are_found_by_the_asset_manifest():
    shop = read(SHOP)
    assert named(shop, "Orders").metadata["headstart:code"] == str(CDK_OUT / "asset.9aaae62cccaf")
    assert named(shop, "Shared").metadata["headstart:layer"] == str(CDK_OUT / "asset.c606113605d7")
    assert shop.functions[0].spec.code == CDK_OUT / "asset.9aaae62cccaf"
    assert shop.functions[0].layers == (CDK_OUT / "asset.c606113605d7",)
    assert shop.not_understood == ()


def test_the_function_of_a_scalable_target_is_found_through_join_select_and_split():
    (target,) = read(SHOP).scalable_targets
    assert target.function.startswith("Orders")
    assert (target.qualifier, target.is_after_alias) == ("live", True)


def test_construct_paths_come_from_the_metadata_file():
    shop = read(SHOP)
    assert named(shop, "Orders").construct_path == "Shop/Orders/Resource"
    assert shop.functions[1].resource.construct_path == "Shop/Nightly/Report/Resource"


def test_a_nested_stack_is_read_with_the_one_it_is_in():
    shop = read(SHOP)
    nested = named(shop, "Nightly")
    report = shop.functions[1].resource
    assert report.id.startswith(f"{nested.id}.Report")
    assert report.place.file == str(CDK_OUT / "ShopNightlyCBFCB347.nested.template.json")
    assert report.metadata["headstart:code"] == str(CDK_OUT / "asset.9aaae62cccaf")
    assert str(report.get("Environment", "Variables", "QUEUE_URL")).endswith(f"/${{{named(shop, 'Queue').id}}}")
    assert named(shop, "Queue").id in report.refers_to
    assert [alarm.function for alarm in shop.alarms] == [report.id]


def test_a_folder_with_several_stacks_needs_one_to_be_chosen():
    assert [each.name for each in stacks(CDK_OUT)] == ["Shop", "Prod/Back"]
    with pytest.raises(TemplateError, match="2 stacks: Shop, Prod/Back"):
        read(CDK_OUT)
    for name in ("Prod/Back", "Prod-Back"):
        back = read(CDK_OUT, options=ReadOptions(stack=name))
        assert back.functions[0].code == CDK_OUT / "asset.9aaae62cccaf"
    with pytest.raises(TemplateError, match="no stack 'Front'; there are: Shop, Prod/Back"):
        read(CDK_OUT, options=ReadOptions(stack="Front"))


def test_a_folder_of_one_stack_or_template_is_that(tmp_path):
    assert len(read(CDK_OUT / "assembly-Prod").functions) == 1
    copytree(CDK_OUT / "assembly-Prod", tmp_path / "app" / "cdk.out")
    copytree(CDK_OUT / "asset.9aaae62cccaf", tmp_path / "app" / "asset.9aaae62cccaf")
    assert read(tmp_path / "app").functions[0].code == tmp_path / "app" / "asset.9aaae62cccaf"
    (tmp_path / "template.yml").write_text("Resources: {}")
    assert read(tmp_path).file == str(tmp_path / "template.yml")
    with pytest.raises(TemplateError, match="no template in this folder"):
        read(CDK_OUT / "asset.9aaae62cccaf")


def test_a_missing_asset_is_said_with_its_line(tmp_path):
    copytree(CDK_OUT, tmp_path, dirs_exist_ok=True)
    rmtree(tmp_path / "asset.9aaae62cccaf")
    with pytest.raises(TemplateError) as refused:
        read(tmp_path / "Shop.template.json")
    line = 1 + SHOP.read_text().split('"Code"')[0].count("\n")
    assert refused.value.message.startswith(f"{tmp_path / 'Shop.template.json'}:{line}:5: Orders")
    assert "asset.9aaae62cccaf, which does not exist" in refused.value.message
    assert refused.value.hint == "run cdk synth again"


def test_without_a_manifest_the_metadata_says_where_an_asset_is(tmp_path):
    (tmp_path / "asset.1").mkdir()
    (tmp_path / "template.yaml").write_text("""
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Metadata: {aws:cdk:path: Shop/Orders/Resource, aws:asset:path: asset.1, aws:asset:property: Code}
    Properties: {Code: {S3Bucket: bucket, S3Key: 1.zip}}
  Remote:
    Type: AWS::Lambda::Function
    Properties: {Code: {S3Bucket: bucket, S3Key: 2.zip}}
  Inline:
    Type: AWS::Lambda::Function
    Properties: {Code: {ZipFile: "def handler(event, context): ..."}}
""")
    found = read(tmp_path)
    assert [each.code for each in found.functions] == [tmp_path / "asset.1", None, None]
    assert found.resources["Orders"].construct_path == "Shop/Orders/Resource"
    assert found.not_understood == ()


def test_code_that_no_manifest_names_is_left_to_who_needs_it(tmp_path):
    (tmp_path / "template.yaml").write_text("""
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Code: gone, Handler: app.handler, Runtime: python3.13}
  Page:
    Type: AWS::Lambda::Function
    Properties: {Code: gone, Handler: app.handler, Runtime: nodejs22.x}
  Shared:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: gone}
""")
    found = read(tmp_path)
    assert [(each.id, each.code) for each in found.functions] == [("Orders", tmp_path / "gone"), ("Page", None)]
    assert "gone, does not exist" in found.functions[0].why_no_spec
    assert [(doubt.id, doubt.place.line) for doubt in found.not_understood] == [("Page", 8), ("Shared", 11)]


@pytest.mark.parametrize("text", ["", "[1]", '{"artifacts": 7}', '{"artifacts": {"A": 1}}', "[" * 3000])
def test_a_manifest_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(TemplateError) as refused:
        read(tmp_path)
    assert refused.value.hint == "run cdk synth again"
