"""SAM templates: translated offline, every value at the place where it was written."""

import pytest
from template_text_fixture import read_text

from headstart.errors import TemplateError
from headstart.model.infrastructure import Symbolic

TEXT = """Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
  Alias: {Type: String, Default: live}
  Secret: {Type: String, NoEcho: true, Default: hunter2}
Globals:
  Function:
    Runtime: python3.13
    MemorySize: 256
    Environment: {Variables: {COMMON: "yes"}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: code/
      Tracing: Active
      AutoPublishAlias: !Ref Alias
      Layers: [!Ref Shared]
      ProvisionedConcurrencyConfig:
        ProvisionedConcurrentExecutions: 2
      DeploymentPreference: {Type: Canary10Percent5Minutes}
      Policies: [AWSLambdaBasicExecutionRole, SQSPollerPolicy: {QueueName: !GetAtt Queue.QueueName}]
      Environment:
        Variables:
          WHERE: !Sub "${AWS::Region}-${Stage}-${Secret}"
      Events:
        Rows:
          Type: SQS
          Properties:
            Queue: !GetAtt Queue.Arn
            BatchSize: 5
        Web: {Type: Api, Properties: {Path: /, Method: get}}
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: flow.asl.json, Role: "arn:aws:iam::123456789012:role/flow"}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler}
  Remote:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, CodeUri: "s3://bucket/key.zip"}
"""

BAD = "  Bad: {Type: AWS::Serverless::Function, Properties: {PackageType: Foo}}\n"


@pytest.fixture
def infrastructure(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "layer").mkdir()
    return read_text(tmp_path, TEXT)


def test_all_that_sam_generates_is_there_in_the_order_of_the_template(infrastructure):
    kinds = [each.type.removeprefix("AWS::") for each in infrastructure.resources.values()]
    assert kinds[:2] == ["SQS::Queue", "Lambda::Function"]
    for kind in (
        "Lambda::Version",
        "Lambda::Alias",
        "IAM::Role",
        "CodeDeploy::DeploymentGroup",
        "Lambda::LayerVersion",
    ):
        assert kind in kinds
    for kind in ("Lambda::EventSourceMapping", "ApiGateway::RestApi", "Lambda::Permission"):
        assert kind in kinds
    assert infrastructure.not_understood == ()
    lines = [each.place.line for each in infrastructure.resources.values()]
    assert lines == sorted(lines)


def test_values_stand_where_they_were_written(infrastructure):
    orders = infrastructure.resources["Orders"]
    assert orders.place.line == 13
    lines = {name: orders.place_of(name).line for name in ("MemorySize", "Handler", "Code", "TracingConfig", "Role")}
    assert lines == {"MemorySize": 9, "Handler": 16, "Code": 17, "TracingConfig": 18, "Role": 13}
    variables = ("Environment", "Variables")
    assert orders.place_of(*variables, "WHERE").line == 27
    assert orders.place_of(*variables, "COMMON").line == 10
    (alias,) = infrastructure.aliases
    assert (alias.name, alias.provisioned, alias.resource.place.line) == ("live", 2, 13)
    path = ("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    assert alias.resource.place_of(*path).line == 22
    mapping = infrastructure.resources["OrdersRows"]
    assert (mapping.place.line, mapping.place_of("BatchSize").line, mapping.place_of("EventSourceArn").line) == (
        29,
        33,
        32,
    )
    assert mapping.place_of("FunctionName").line == 29
    for name in ("ServerlessRestApi", "ServerlessDeploymentApplication", "CodeDeployServiceRole"):
        assert infrastructure.resources[name].place.line == 13


def test_local_paths_are_found_and_stay_what_they_are(infrastructure, tmp_path):
    found = {function.id: function.code for function in infrastructure.functions}
    assert found == {"Orders": tmp_path / "code", "Plain": tmp_path, "Remote": None}
    assert infrastructure.function("Orders").layers == (tmp_path / "layer",)
    assert infrastructure.resources["Orders"].get("Code") == "code/"
    assert infrastructure.resources["Flow"].get("DefinitionS3Location") == "flow.asl.json"
    assert infrastructure.resources["Remote"].get("Code") == {"S3Bucket": "bucket", "S3Key": "key.zip"}


def test_what_only_a_deployment_knows_stays_open(infrastructure):
    where = infrastructure.resources["Orders"].get("Environment", "Variables", "WHERE")
    assert where == Symbolic("${AWS::Region}-${Stage}-${Secret}")
    assert "hunter2" not in repr(infrastructure)


def test_code_in_globals_is_that_of_every_function(tmp_path):
    text = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {CodeUri: ., Runtime: python3.13, Handler: app.handler}}
Resources:
  Orders: {Type: AWS::Serverless::Function, Properties: {}}
"""
    orders = read_text(tmp_path, text).resources["Orders"]
    assert orders.metadata["headstart:code"] == str(tmp_path)
    assert orders.place_of("Code").line == 3


def test_an_application_of_the_repository_is_left_there(tmp_path):
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Twitter:
    Type: AWS::Serverless::Application
    Properties:
      Location: {ApplicationId: "arn:aws:serverlessrepo:us-east-1:123456789012:applications/a", SemanticVersion: 1.1.0}
      Parameters: {Text: AWS}
  It: {Type: Custom::It, Properties: {X: !GetAtt Twitter.Outputs.Arn}}
"""
    found = read_text(tmp_path, text)
    assert found.resources["Twitter"].get("Parameters") == {"Text": "AWS"}
    assert found.resources["It"].get("X") == Symbolic("${Twitter.Outputs.Arn}", ("Twitter",))
    assert [(doubt.id, doubt.place.line) for doubt in found.not_understood] == [("Twitter", 7)]


def test_an_image_needs_not_be_built_yet(tmp_path):
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}, Metadata: {Dockerfile: Dockerfile}}
"""
    (orders,) = read_text(tmp_path, text).functions
    assert (orders.is_image, orders.code) == (True, None)
    assert orders.resource.get("Code") == {}


def test_the_first_complaint_is_placed_and_the_others_are_in_the_hint(tmp_path):
    text = TEXT.replace("Type: SQS\n", "Type: SQSS\n") + BAD
    with pytest.raises(TemplateError) as refused:
        read_text(tmp_path, text)
    assert refused.value.message.startswith(f"{tmp_path / 'template.yaml'}:13:3: SAM refuses Orders: ")
    assert "SQSS" in refused.value.message
    assert "Bad: " in refused.value.hint


def test_a_name_that_is_not_known_stays_open(tmp_path):
    found = read_text(tmp_path, TEXT.replace("!Ref Alias", "!Ref Stage"))
    assert [alias.resource.get("Name") for alias in found.aliases] == [Symbolic("${Stage}")]
    assert [alias.function for alias in found.aliases] == ["Orders"]
    (tmp_path / "code").mkdir()
    (tmp_path / "layer").mkdir()
    found = read_text(tmp_path, TEXT.replace("!Ref Alias", "!Ref Stage"), parameters={"Stage": "green"})
    assert [alias.name for alias in found.aliases] == ["green"]


API = """Transform: AWS::Serverless-2016-10-31
Parameters: {Domain: {Type: String}, Port: {Type: Number, Default: 80}, Bucket: {Type: String, Default: ours}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      Auth: {Authorizers: {Users: {UserPoolArn: !Sub "arn:${AWS::Partition}:cognito-idp:${AWS::Region}:1:userpool/u"}}}
      Domain:
        DomainName: !Sub "api.${Domain}"
        CertificateArn: !ImportValue {"Fn::Sub": "cert-${Port}-${AWS::Region}"}
        Route53: {HostedZoneName: !Sub ["${AWS::Region}", {X: !Ref AWS::Partition}]}
"""


def test_what_only_a_deployment_knows_may_stand_in_what_the_translator_fills_in(tmp_path):
    found = read_text(tmp_path, API)
    name = found.of_type("AWS::ApiGateway::DomainName")[0]
    assert name.get("DomainName") == Symbolic("api.${Domain}")
    assert name.get("RegionalCertificateArn") == Symbolic("${Fn::ImportValue cert-80-${AWS::Region}}")
    pools = found.resources["Api"].get("Body", "securityDefinitions", "Users", "x-amazon-apigateway-authorizer")
    assert pools["providerARNs"] == [Symbolic("arn:${AWS::Partition}:cognito-idp:${AWS::Region}:1:userpool/u")]
    zone = found.of_type("AWS::Route53::RecordSetGroup")[0]
    assert zone.get("HostedZoneName") == Symbolic("${AWS::Region}")


def test_a_path_may_be_computed(tmp_path):
    text = """Transform: AWS::Serverless-2016-10-31
Parameters: {Where: {Type: String, Default: code}}
Resources:
  Orders: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: !Ref Where}}
  Remote: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: !Sub "s3://b/${Key}"}}
  Nested: {Type: AWS::Serverless::Application, Properties: {Location: !Sub "${AWS::Region}/x.yaml"}}
"""
    (tmp_path / "code").mkdir()
    found = read_text(tmp_path, text.replace("${Key}", "${AWS::Region}"))
    assert [function.code for function in found.functions] == [tmp_path / "code", None]
    assert found.resources["Remote"].get("Code") == Symbolic("s3://b/${AWS::Region}")
    assert found.resources["Nested"].get("TemplateURL") == Symbolic("${AWS::Region}/x.yaml")


@pytest.mark.parametrize(
    "name",
    ["AutoPublishAlias: !FindInMap [Names, a, b]", "AutoPublishAlias: live\n      AutoPublishCodeSha256: !Ref Hash"],
)
def test_names_may_be_computed(tmp_path, name):
    text = f"""Transform: AWS::Serverless-2016-10-31
Parameters: {{Hash: {{Type: String}}}}
Mappings: {{Names: {{a: {{b: live}}}}}}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://bucket/key
      Handler: a.b
      Runtime: python3.13
      {name}
"""
    found = read_text(tmp_path, text)
    assert [(alias.name, alias.function) for alias in found.aliases] == [("live", "Orders")]


def test_a_parameter_that_sam_needs_is_asked_for(tmp_path):
    text = """Transform: AWS::Serverless-2016-10-31
Parameters: {Keep: {Type: String}}
Resources:
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s3://b/k, RetentionPolicy: !Ref Keep}}
"""
    with pytest.raises(TemplateError, match="SAM refuses Shared") as refused:
        read_text(tmp_path, text)
    assert refused.value.hint == "if Keep is to decide it: --parameter Keep=VALUE"
    assert len(read_text(tmp_path, text, parameters={"Keep": "Delete"}).resources) == 1
