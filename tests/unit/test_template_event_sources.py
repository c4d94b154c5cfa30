"""What invokes functions, of hand-made resources."""

import pytest
from template_fixture import ALIAS_ARN, LIVE, ORDERS, ORDERS_ARN, VERSION, look, ref, resource

from headstart.model.infrastructure import Resource, Symbolic


def one_source(*resources: Resource) -> tuple[str, str, str, str]:
    sources = look(ORDERS, VERSION, LIVE, *resources).event_sources
    assert len(sources) == 1
    return sources[0].kind, sources[0].function, sources[0].qualifier, sources[0].source


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"EventSourceArn": "arn:aws:sqs:eu-central-1:1:orders"}, "sqs"),
        ({"EventSourceArn": Symbolic("arn:${AWS::Partition}:kinesis:${AWS::Region}:1:stream/s", ())}, "kinesis"),
        ({"EventSourceArn": "arn:aws:dynamodb:eu-central-1:1:table/t/stream/x"}, "dynamodb"),
        ({"EventSourceArn": "arn:aws:kafka:eu-central-1:1:cluster/c"}, "kafka"),
        ({"EventSourceArn": "arn:aws:mq:eu-central-1:1:broker:b"}, "mq"),
        ({"EventSourceArn": "arn:aws:rds:eu-central-1:1:cluster:c"}, "documentdb"),
        ({"EventSourceArn": Symbolic("${Stream.StreamArn}", ("Stream",))}, "dynamodb"),
        ({"SelfManagedEventSource": {"Endpoints": {}}}, "kafka"),
        ({"EventSourceArn": Symbolic("${Parameter}"), "Queues": ["q"]}, "mq"),
        ({"EventSourceArn": Symbolic("${Parameter}")}, "other"),
    ],
)
def test_an_event_source_mapping_has_a_kind(given, kind):
    table = resource("Stream", "AWS::DynamoDB::Table")
    mapping = resource("M", "AWS::Lambda::EventSourceMapping", given | {"FunctionName": ref("Orders")})
    assert one_source(table, mapping)[:2] == (kind, "Orders")


def test_every_property_of_an_event_source_mapping_is_read():
    mapping = resource(
        "M",
        "AWS::Lambda::EventSourceMapping",
        {
            "FunctionName": ALIAS_ARN,
            "EventSourceArn": Symbolic("${Queue.Arn}", ("Queue",)),
            "BatchSize": 10,
            "ScalingConfig": {"MaximumConcurrency": 5},
            "ProvisionedPollerConfig": {"MinimumPollers": 1},
        },
    )
    found = look(ORDERS, LIVE, resource("Queue", "AWS::SQS::Queue"), mapping).event_sources[0]
    assert (found.function, found.qualifier, found.source, found.kind) == ("Orders", "live", "Queue", "sqs")
    assert (found.batch_size, found.maximum_concurrency, found.has_provisioned_pollers) == (10, 5, True)


URI = Symbolic(
    f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{ALIAS_ARN}/invocations",
    ("Live", "Orders"),
)
BODY = {"paths": {"/": {"get": {"x-amazon-apigateway-integration": {"uri": URI}}, "parameters": [{"in": "path"}]}}}
BODY["paths"]["/more"] = BODY["paths"]["/"]


@pytest.mark.parametrize(
    ("type_", "properties", "expected"),
    [
        (
            "AWS::ApiGateway::Method",
            {"RestApiId": ref("Api"), "Integration": {"Uri": URI}},
            ("rest-api", "live", "Api"),
        ),
        ("AWS::ApiGateway::RestApi", {"Body": BODY}, ("rest-api", "live", "It")),
        (
            "AWS::ApiGatewayV2::Integration",
            {"ApiId": ref("Api"), "IntegrationUri": ORDERS_ARN},
            ("http-api", "", "Api"),
        ),
        ("AWS::ApiGatewayV2::Api", {"Body": BODY}, ("http-api", "live", "It")),
        ("AWS::ApiGatewayV2::Api", {"Target": ORDERS_ARN, "ProtocolType": "WEBSOCKET"}, ("other", "", "It")),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", {"Targets": [{"Id": ALIAS_ARN}]}, ("alb", "live", "It")),
        ("AWS::Lambda::Url", {"TargetFunctionArn": ref("Orders"), "Qualifier": "live"}, ("url", "live", "It")),
        (
            "AWS::SNS::Subscription",
            {"Protocol": "lambda", "Endpoint": ORDERS_ARN, "TopicArn": ref("Api")},
            ("sns", "", "Api"),
        ),
        ("AWS::SNS::Topic", {"Subscription": [{"Endpoint": ORDERS_ARN}, {"Endpoint": "a@b.c"}]}, ("sns", "", "It")),
        (
            "AWS::S3::Bucket",
            {"NotificationConfiguration": {"LambdaConfigurations": [{"Function": ORDERS_ARN}]}},
            ("s3", "", "It"),
        ),
        (
            "Custom::S3BucketNotifications",
            {
                "BucketName": ref("Api"),
                "NotificationConfiguration": {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": ORDERS_ARN}]},
            },
            ("s3", "", "Api"),
        ),
        ("AWS::Events::Rule", {"EventPattern": {}, "Targets": [{"Arn": ALIAS_ARN}]}, ("events", "live", "It")),
        (
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 minute)", "Targets": [{"Arn": ORDERS_ARN}, {"Arn": "arn:aws:sqs:a:1:q"}]},
            ("schedule", "", "It"),
        ),
        ("AWS::Scheduler::Schedule", {"Target": {"Arn": ORDERS_ARN}}, ("schedule", "", "It")),
        ("AWS::Pipes::Pipe", {"Target": ORDERS_ARN, "Source": ref("Api")}, ("other", "", "Api")),
        ("AWS::Cognito::UserPool", {"LambdaConfig": {"PreSignUp": ORDERS_ARN}}, ("cognito", "", "It")),
        (
            "AWS::Cognito::UserPool",
            {"LambdaConfig": {"CustomEmailSender": {"LambdaArn": ORDERS_ARN}, "KMSKeyID": "arn:aws:kms:a:1:key/x"}},
            ("cognito", "", "It"),
        ),
        (
            "AWS::IoT::TopicRule",
            {"TopicRulePayload": {"Actions": [{"S3": {}}, {"Lambda": {"FunctionArn": ORDERS_ARN}}]}},
            ("iot", "", "It"),
        ),
        (
            "AWS::Logs::SubscriptionFilter",
            {"DestinationArn": ORDERS_ARN, "LogGroupName": "/aws/x"},
            ("logs", "", "/aws/x"),
        ),
        ("Custom::Thing", {"ServiceToken": ORDERS_ARN}, ("other", "", "It")),
        (
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "Principal": "logs.eu-central-1.amazonaws.com",
                "FunctionName": ALIAS_ARN,
            },
            ("logs", "live", "logs.eu-central-1.amazonaws.com"),
        ),
        (
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunctionUrl",
                "FunctionUrlAuthType": "NONE",
                "Principal": "*",
                "FunctionName": ref("Orders"),
            },
            ("url", "", "*"),
        ),
        (
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
                "FunctionName": ref("Orders"),
                "SourceArn": Symbolic("arn:aws:execute-api:a:1:${Api}/*", ("Api",)),
            },
            ("rest-api", "", "Api"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_invokes_a_function_is_known(type_, properties, expected):
    api = resource("Api", "AWS::ApiGateway::RestApi")
    kind, qualifier, source = expected
    assert one_source(api, resource("It", type_, properties)) == (kind, "Orders", qualifier, source)


def test_all_methods_of_an_api_are_one_source():
    method = {"RestApiId": ref("Api"), "Integration": {"Uri": URI}}
    other = method | {"Integration": {"Uri": ORDERS_ARN}}
    methods = [
        resource(id_, "AWS::ApiGateway::Method", given)
        for id_, given in {"Get": method, "Post": method, "Put": other}.items()
    ]
    sources = look(ORDERS, LIVE, resource("Api", "AWS::ApiGateway::RestApi"), *methods).event_sources
    assert [(source.resource.id, source.qualifier) for source in sources] == [("Get", "live"), ("Put", "")]


def test_a_state_machine_invokes_the_functions_in_its_definition():
    machine = resource(
        "It",
        "AWS::StepFunctions::StateMachine",
        {"DefinitionString": Symbolic("…${Live}…", ("Live",))},
        refers_to=frozenset({"Live", "Role"}),
    )
    assert one_source(machine, resource("Role", "AWS::IAM::Role")) == ("other", "Orders", "live", "It")


def test_a_permission_adds_nothing_to_what_is_seen():
    rule = resource(
        "Rule", "AWS::Events::Rule", {"ScheduleExpression": "rate(1 hour)", "Targets": [{"Arn": ALIAS_ARN}]}
    )
    allowed = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "FunctionName": ALIAS_ARN}
    permission = resource("Allowed", "AWS::Lambda::Permission", allowed)
    also = resource("Reads", "AWS::Lambda::Permission", allowed | {"Action": "lambda:GetFunction", "Principal": "sns"})
    assert one_source(permission, rule, also) == ("schedule", "Orders", "live", "Rule")
