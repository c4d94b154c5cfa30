"""Events that a template shows: routes of APIs as CloudFormation and the CDK write them, URLs, load balancers."""

import pytest
from template_fixture import lambda_function, look, ref, resource

from headstart.infra.event_proposals.http_request import HttpShape, Route, event_of
from headstart.infra.event_proposals.in_template import InTemplate
from headstart.infra.event_proposals.reached import shape_of
from headstart.model.infrastructure import Symbolic

ARN = Symbolic("arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Orders}", ("Orders",))
URI = Symbolic(
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Orders.Arn}/invocations", ("Orders",)
)
OTHER = Symbolic(
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Other.Arn}/invocations", ("Other",)
)


def part(id_, path, parent):
    return resource(id_, "AWS::ApiGateway::Resource", {"PathPart": path, "ParentId": parent, "RestApiId": ref("Api")})


def method(id_, at, uri, verb="GET"):
    return resource(id_, "AWS::ApiGateway::Method", {"HttpMethod": verb, "ResourceId": at, "Integration": {"Uri": uri}})


ROOT = Symbolic("${Api.RootResourceId}", ("Api",))
REST = [
    part("Shops", "shops", ROOT),
    part("Shop", "{shop}", ref("Shops")),
    method("Read", ref("Shop"), URI),
    method("Index", ROOT, URI, "ANY"),
    method("Elsewhere", ref("Shops"), OTHER),
]
HTTP = [
    resource("Integration", "AWS::ApiGatewayV2::Integration", {"ApiId": ref("Api"), "IntegrationUri": ARN}),
    resource(
        "Old",
        "AWS::ApiGatewayV2::Integration",
        {"ApiId": ref("Api"), "IntegrationUri": ARN, "PayloadFormatVersion": "1.0"},
    ),
    resource(
        "Put", "AWS::ApiGatewayV2::Route", {"RouteKey": "PUT /a/{b}", "Target": Symbolic("integrations/${Integration}")}
    ),
    resource("Get", "AWS::ApiGatewayV2::Route", {"RouteKey": "GET /old", "Target": Symbolic("integrations/${Old}")}),
    resource(
        "Default", "AWS::ApiGatewayV2::Route", {"RouteKey": "$default", "Target": Symbolic("integrations/${Old}")}
    ),
]
URL = [resource("Url", "AWS::Lambda::Url", {"TargetFunctionArn": ARN, "AuthType": "NONE"})]
BALANCER = [resource("Group", "AWS::ElasticLoadBalancingV2::TargetGroup", {"Targets": [{"Id": ARN}]})]


@pytest.mark.parametrize(
    ("resources", "routes"),
    [
        (REST, {"GET /shops/{shop}": HttpShape.REST_API, "ANY /": HttpShape.REST_API}),
        (HTTP, {"PUT /a/{b}": HttpShape.HTTP_API, "GET /old": HttpShape.REST_API}),
        (URL, {"ANY /{path+}": HttpShape.FUNCTION_URL}),
        (BALANCER, {"ANY /{path+}": HttpShape.LOAD_BALANCER}),
    ],
)
def test_routes_whose_integration_is_the_function(resources, routes):
    found = list(InTemplate(look(lambda_function(), lambda_function("Other"), *resources), "Orders").routes())
    assert {str(each.request.route): each.shape for each in found} == routes
    for each in found:
        assert shape_of(event_of(each.request, each.shape)) is each.shape
        assert each.place == "template.yaml:7"


def test_a_route_for_everything_takes_everything():
    everything = Route("ANY", "/{path+}")
    assert all(everything.takes("POST", path) for path in ("/", "/a", "/a/b"))
    assert not Route("GET", "/a/{b}").takes("GET", "/a/b/c")
