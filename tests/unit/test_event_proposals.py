"""Events that are proposed from what reading a package shows."""

import json
from textwrap import dedent

import pytest

from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.infra.event_proposals.http_request import HttpShape, Route
from headstart.infra.event_proposals.proposing import propose, uncovered, unreached
from headstart.infra.event_proposals.reached import reached_by, route_reach, shape_of

HANDLER = "def handler(event, context):\n    return event\n"
FASTAPI = """
    from typing import Annotated, Literal
    from fastapi import Depends, FastAPI, Header, Query
    from mangum import Mangum
    from models import Order
    from routers import users

    def tenant(x_tenant: Annotated[str, Header(pattern=r"^t-\\d{3}$")]): ...

    app = FastAPI()
    app.include_router(users.router, prefix="/v1")

    @app.post("/orders", dependencies=[Depends(tenant)])
    def order(order: Order, dry: bool, page: int = 1, size: int = Query(ge=10)): ...

    @app.api_route("/files/{name:path}", methods=["GET", "DELETE"])
    async def file(name: str): ...

    @app.get("/kinds/{kind}")
    def kind(kind: Literal["small", "large"]): ...

    UPSTREAM = "GET /elsewhere"
    handler = Mangum(app)
"""
MODELS = """
    from enum import Enum
    from pydantic import BaseModel, Field

    class Size(Enum):
        S = "small"

    class Item(BaseModel):
        product: str = Field(min_length=10)
        count: int = Field(gt=2, le=9)

    class Order(BaseModel):
        items: list[Item]
        size: Size
        buyer: str = Field(alias="buyerEmail")
        note: str | None = None
"""
USERS = """
    from fastapi import APIRouter
    router = APIRouter(prefix="/users")

    @router.get("/{user_id}")
    def user(user_id: int): ...

    @router.get("/me")
    def me(): ...
"""


@pytest.fixture
def project(tmp_path):
    """A function of these files, under these events."""

    def make(files, *events, path="."):
        for name, content in files.items():
            file = tmp_path / "code" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(content) if isinstance(content, str) else json.dumps(content))
        given = tuple(json.dumps(event) for event in events) or None
        return config_file.resolve(tmp_path / "code" / path, Overrides(events=given))

    return make


def found(project):
    return {each.reaches: each for each in propose(project)}


def event(project, reaches):
    return json.loads(found(project)[reaches].event.payload)


def http(method, path, **more):
    return {
        "version": "2.0",
        "rawPath": path,
        "requestContext": {"http": {"method": method}, "stage": "$default"},
    } | more


def test_routes_of_fastapi_with_what_their_functions_ask_for(project):
    made = project({"app.py": FASTAPI, "models.py": MODELS, "routers/users.py": USERS, "routers/__init__.py": ""})
    places = {each.reaches: each.place for each in uncovered(made)}
    assert places == {
        "POST /orders": "app.py:14",
        "GET /files/{name+}": "app.py:17",
        "DELETE /files/{name+}": "app.py:17",
        "GET /kinds/{kind}": "app.py:20",
        "GET /v1/users/{user_id}": "routers/users.py:6",
        "GET /v1/users/me": "routers/users.py:9",
    }
    order = event(made, "POST /orders")
    assert json.loads(order["body"]) == {
        "items": [{"product": "exampleaaa", "count": 3}],
        "size": "small",
        "buyerEmail": "example",
    }
    assert (order["queryStringParameters"], order["rawQueryString"]) == (
        {"dry": "true", "size": "10"},
        "dry=true&size=10",
    )
    assert order["headers"]["x-tenant"] == "t-111"
    assert event(made, "GET /kinds/{kind}")["rawPath"] == "/kinds/small"
    rates = event(made, "GET /v1/users/{user_id}")
    assert (rates["rawPath"], rates["requestContext"]["http"]["method"], "body" in rates) == (
        "/v1/users/1",
        "GET",
        False,
    )
    assert [each.name for each in uncovered(made)][:2] == ["post-orders", "get-files-name"]


def test_an_event_covers_the_route_that_takes_it_and_no_other(project):
    made = project({"app.py": FASTAPI, "routers/users.py": USERS}, http("GET", "/v1/users/me"), http("POST", "/orders"))
    covered = {each.reaches: each.covered_by for each in propose(made) if each.covered_by}
    assert covered == {"GET /v1/users/me": "event", "POST /orders": "event"}


@pytest.mark.parametrize(
    ("source", "given", "shape"),
    [
        ('def handler(event, context): return event["rawPath"]', (), HttpShape.HTTP_API),
        ('def handler(event, context): return event["httpMethod"]', (), HttpShape.REST_API),
        (HANDLER, [{"httpMethod": "GET", "path": "/x", "requestContext": {"elb": {}}}], HttpShape.LOAD_BALANCER),
        (HANDLER, (), HttpShape.HTTP_API),
    ],
)
def test_given_events_or_what_the_handler_reads_say_the_shape(project, source, given, shape):
    made = project({"app.py": f'ROUTES = ["GET /a"]\n{source}'}, *given)
    assert shape_of(event(made, "GET /a")) is shape


FLASK = """
import flask
b = flask.Blueprint("b", __name__, url_prefix="/b")
@b.route("/<int:n>", methods=["PUT"])
def put(n): ...
app = flask.Flask(__name__)
app.register_blueprint(b)
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.routing import Mount, Route
def one(request): ...
app = Starlette(routes=[Mount("/api", routes=[Route("/x/{day}", one)])])
"""


@pytest.mark.parametrize(
    ("source", "reaches", "path"),
    [
        (FLASK, "PUT /b/{n}", "/b/1"),
        (STARLETTE, "GET /api/x/{day}", "/api/x/example"),
        ('routes = {"DELETE /things/{id}": 1}\n', "DELETE /things/{id}", "/things/1"),
    ],
)
def test_routes_of_other_frameworks(project, source, reaches, path):
    made = project({"app.py": source + HANDLER})
    assert list(found(made)) == [reaches]
    assert event(made, reaches)["rawPath"] == path


@pytest.mark.parametrize(
    ("resolver", "shape"),
    [
        ("APIGatewayRestResolver", HttpShape.REST_API),
        ("ALBResolver", HttpShape.LOAD_BALANCER),
        ("APIGatewayHttpResolver", HttpShape.HTTP_API),
        ("LambdaFunctionUrlResolver", HttpShape.FUNCTION_URL),
    ],
)
def test_a_resolver_says_the_shape(project, resolver, shape):
    source = f"""
        from aws_lambda_powertools.event_handler import {resolver}
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
        app = {resolver}()
        processor = BatchProcessor(event_type=EventType.SQS)

        @app.put("/a/<b>")
        def put(b): ...

        def handler(event, context): ...
    """
    made = project({"app.py": source})
    assert list(found(made)) == ["PUT /a/{b}", "an event of sqs"]
    put = event(made, "PUT /a/{b}")
    assert (shape_of(put), json.loads(put["body"])) == (shape, {})
    assert reached_by(put) == (route_reach(Route("PUT", "/a/example")),)
    assert put.get("resource", "/a/{b}") == "/a/{b}"


def test_actions_of_the_kit(project):
    source = """
        from typing import Annotated, TypedDict
        from headstart_kit import Email, Length, Pattern, Range, actions
        handler = actions()
        Key = Annotated[str, Pattern(r"[a-f]{4}-[0-9]+")]

        class Item(TypedDict, total=False):
            count: int

        @handler.action
        def take(key: Key, *, email: Email, items: Annotated[list[Item], Length(2)], n: Annotated[int, Range(5)]): ...

        @handler.action("other name")
        def other(): ...
    """
    made = project({"app.py": source}, http("POST", "/", body='{"action": "other name"}'))
    assert {each.reaches: each.covered_by for each in propose(made)} == {
        "the action take": "",
        "the action other name": "event",
    }
    assert event(made, "the action take") == {
        "action": "take",
        "key": "aaaa-0",
        "email": "ada@example.com",
        "items": [{}, {}],
        "n": 5,
    }


OPENAPI = """
openapi: 3.1.0
paths:
  /pets/{pet}:
    parameters: [{name: pet, in: path, required: true, schema: {type: string, examples: [rex]}}]
    put:
      parameters: [{name: dry, in: query, required: true, schema: {type: boolean}}, {name: x, in: query}]
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
components:
  schemas:
    Pet:
      allOf:
        - type: object
          required: [name]
          properties: {name: {type: string, minLength: 3, pattern: "^[A-Z]+$"}}
        - required: [age]
          properties: {age: {type: [integer, "null"], exclusiveMinimum: 3}}
"""


def test_operations_of_an_openapi_document(project):
    made = project({"app.py": HANDLER, "openapi.yaml": OPENAPI})
    assert found(made)["PUT /pets/{pet}"].place == "openapi.yaml:6"
    put = event(made, "PUT /pets/{pet}")
    assert (put["rawPath"], put["rawQueryString"]) == ("/pets/rex", "dry=true")
    assert json.loads(put["body"]) == {"name": "A", "age": 4}


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      CodeUri: code/
      Events:
        Read: {Type: HttpApi, Properties: {Path: "/orders/{id}", Method: get}}
        Old: {Type: Api, Properties: {Path: /old, Method: post}}
        Rows: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{"action": "tidy"}'}}
        Paid: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop], detail-type: [Paid]}}}
  Other:
    Type: AWS::Serverless::Function
    Properties:
      Handler: other.handler
      Runtime: python3.13
      CodeUri: other/
      Events: {Read: {Type: HttpApi, Properties: {Path: "/others", Method: get}}}
"""


def test_what_a_template_says_of_the_function_whose_code_it_is(project, tmp_path):
    (tmp_path / "template.yaml").write_text(SAM)
    made = project({"app.py": HANDLER})
    assert set(found(made)) == {
        "GET /orders/{id}",
        "POST /old",
        "an event of sqs",
        "the action tidy",
        "an event of events",
    }
    read, old = event(made, "GET /orders/{id}"), event(made, "POST /old")
    assert (read["version"], read["routeKey"], read["pathParameters"]) == ("2.0", "GET /orders/{id}", {"id": "1"})
    assert (old["resource"], old["httpMethod"], old["path"]) == ("/old", "POST", "/old")
    assert event(made, "an event of events")["detail-type"] == "Paid"
    assert event(made, "the action tidy") == {"action": "tidy"}
    assert found(made)["an event of sqs"].place.startswith("template.yaml:")


def test_tests_and_events_beside_the_template_of_code_in_a_folder_are_its_own(project, tmp_path):
    (tmp_path / "template.yaml").write_text(SAM)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_app.py").write_text("from code import app\napp.handler({'kind': 'refund'}, None)\n")
    (tmp_path / "events").mkdir()
    (tmp_path / "events/paid.json").write_text('{"paid": 1, "api_key": "k"}')
    shown = found(project({"app.py": HANDLER}))
    assert shown["an event with kind"].place == "tests/test_app.py:2"
    paid = shown["an event with api_key, paid"]
    assert (paid.name, paid.file, json.loads(paid.event.payload)) == ("paid-2", None, {"paid": 1, "api_key": "example"})


def test_events_in_tests_and_those_that_lie_there_unnamed(project):
    test = """
        import json
        import app
        EVENT = {"kind": "refund", "body": json.dumps({"a": [1]}), "headers": {"Authorization": "Bearer abc", "x": "y"}}

        def api_event():
            return {"httpMethod": "GET", "path": "/x", "requestContext": {"stage": "p"}}

        def test_it(api_event):
            app.handler(EVENT, None)
            app.handler(api_event, None)
            app.handler({"unknown": api_event}, None)
            other.helper({"no": "event"})
    """
    s3 = {"Records": [{"eventSource": "aws:s3", "s3": {}}]}
    config = '[[events]]\nname = "mine"\nfile = "events/mine.json"\n'
    files = {
        "events/mine.json": {"a": 1},
        "events/spare.json": {"b": 1},
        "tests/data/s3.json": s3,
        "tests/x.json": {"c": 1},
    }
    made = project({"app.py": HANDLER, "tests/test_app.py": test, "headstart.toml": config, **files})
    assert {each.reaches: (each.name, each.place, each.covered_by) for each in propose(made)} == {
        "an event with a": ("mine", "events/mine.json", "mine"),
        "an event with b": ("spare", "events/spare.json", ""),
        "an event of s3": ("s3", "tests/data/s3.json", ""),
        "an event with body, headers, kind": ("body-headers-kind", "tests/test_app.py:10", ""),
        "GET /x": ("get-x", "tests/test_app.py:11", ""),
    }
    sent = event(made, "an event with body, headers, kind")
    assert sent == {"kind": "refund", "body": '{"a": [1]}', "headers": {"Authorization": "example", "x": "y"}}


def test_what_no_event_reaches_is_said_with_what_to_do(project, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    routes = [f"GET /{letter}" for letter in "abcdefgh"]
    made = project({"app.py": f"ROUTES = {routes}\n" + HANDLER}, http("GET", "/a"))
    *first, last = unreached(made)
    assert first == [f"no event of yours reaches: GET /{letter} (app.py:1)" for letter in "bcdef"]
    assert last == "no event of yours reaches 2 more; headstart init code --events writes what is missing"
    few = project({"app.py": 'ROUTES = ["GET /a", "GET /b"]\n' + HANDLER}, http("GET", "/a"))
    (sentence,) = unreached(few)
    assert sentence.startswith("no event of yours reaches: GET /b (app.py:1); headstart init code --events")
    assert unreached(project({"app.py": HANDLER})) == ()


def test_only_what_the_handler_imports_is_its_own(project):
    other = USERS.replace("APIRouter", "FastAPI").replace('prefix="/users"', "")
    assert list(found(project({"app.py": HANDLER, "other.py": other}))) == []


def test_what_is_not_python_or_json_is_passed_over(project):
    broken = {
        "app.py": HANDLER,
        "bad.py": "def (",
        "openapi.yaml": "a: [",
        "tests/bad.json": "{",
        "tests/test_bad.py": "(",
        "cdk.out/cdk.out": "",
        "cdk.out/manifest.json": "[",
    }
    assert propose(project(broken)) == ()
