"""DistributedBatch: the state machine, what its role may do, and what is refused."""

import json

import msgspec
import pytest
from stacks.synthesis import as_text, of_type, refused, synthesized, the_one

from headstart.cdk import (
    BatchSettings,
    CsvRows,
    DistributedBatch,
    JsonLines,
    ReservedConcurrency,
    S3Objects,
    TunedFunction,
    cdk,
)
from headstart_kit.batches import csv_rows, distributed_map, jsonl, map_sources
from headstart_kit.batches.declaration import Batch
from headstart_kit.batches.s3_object import S3Object


@pytest.fixture
def people(stack):
    return cdk.aws_s3.Bucket(stack, "People")


@pytest.fixture
def done(stack):
    return cdk.aws_s3.Bucket(stack, "Done")


@pytest.fixture
def batch(people, done):
    return BatchSettings(source=JsonLines(bucket=people, key="people.jsonl"), results=done)


def definition_of(stack):
    machine = the_one(synthesized(stack), "StepFunctions::StateMachine")["Properties"]
    return json.loads(as_text(machine["DefinitionString"]).replace("${AWS::Partition}", "aws"))


def map_of(stack):
    return definition_of(stack)["States"]["ProcessRecords"]


def allowed(resources, role="Machine"):
    """What the policies of a role allow: (action, resource) pairs."""
    statements = [
        statement
        for name, policy in of_type(resources, "IAM::Policy").items()
        if role in name
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    return {
        (action, as_text(resource).replace("${AWS::Partition}", "aws"))
        for statement in statements
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def _listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("kind", ["lines", "rows", "columns", "objects"])
def test_it_is_the_machine_that_the_kit_writes_for_its_handler(stack, orders, people, done, kind):
    sources = {
        "lines": JsonLines(bucket=people, key="people.jsonl"),
        "rows": CsvRows(bucket=people, key="people.csv"),
        "columns": CsvRows(bucket=people, key="people.csv", columns=("id", "name")),
        "objects": S3Objects(bucket=people, prefix="2026/"),
    }
    DistributedBatch(
        stack,
        "Batch",
        function=orders,
        settings=BatchSettings(
            source=sources[kind], results=done, max_items=50, max_concurrency=20, tolerated_failure_percentage=2.5
        ),
    )
    resources = synthesized(stack)
    people_id, done_id = (f"${{{name}}}" for name in of_type(resources, "S3::Bucket"))
    (alias_id,) = of_type(resources, "Lambda::Alias")
    of_kit = {
        "lines": jsonl.JsonLines(S3Object(people_id, "people.jsonl", client=object())),
        "rows": csv_rows.CsvRows(S3Object(people_id, "people.csv", client=object())),
        "columns": csv_rows.CsvRows(S3Object(people_id, "people.csv", client=object()), columns=["id", "name"]),
        "objects": map_sources.listed_objects(people_id, "2026/"),
    }
    declared = Batch(of_kit[kind], transform=lambda record: record)
    map_settings = distributed_map.MapSettings(
        max_items=50, max_concurrency=20, tolerated_failure_percentage=2.5, results=(done_id, "map-runs")
    )
    expected = distributed_map.distributed_map(declared, f"${{{alias_id}}}", settings=map_settings)
    assert definition_of(stack) == {name: value for name, value in expected.items() if name != "Comment"}


def test_the_role_may_read_write_and_invoke(stack, orders, batch):
    DistributedBatch(stack, "Batch", function=orders, settings=batch)
    resources = synthesized(stack)
    (alias_id,) = of_type(resources, "Lambda::Alias")
    people_id, done_id = of_type(resources, "S3::Bucket")
    (machine_id,) = of_type(resources, "StepFunctions::StateMachine")
    permissions = allowed(resources)
    assert ("s3:GetObject", f"arn:aws:s3:::${{{people_id}}}/*") in permissions
    assert ("s3:PutObject", f"arn:aws:s3:::${{{done_id}}}/*") in permissions
    assert ("s3:PutObject", f"arn:aws:s3:::${{{people_id}}}/*") not in permissions
    assert ("lambda:InvokeFunction", f"${{{alias_id}}}") in permissions
    assert ("states:StartExecution", f"${{{machine_id}}}") in permissions
    everywhere = {action.partition(":")[0] for action, resource in permissions if resource == "*"}
    assert everywhere == {"logs", "xray"}


def test_listed_objects_may_be_listed_by_the_machine_and_read_by_the_function(stack, orders, people, done):
    source = S3Objects(bucket=people, prefix="2026/")
    DistributedBatch(stack, "Batch", function=orders, settings=BatchSettings(source=source, results=done))
    resources = synthesized(stack)
    people_id, _ = of_type(resources, "S3::Bucket")
    assert sorted(r for a, r in allowed(resources) if a == "s3:ListBucket") == [f"${{{people_id}.Arn}}"]
    of_function = allowed(resources, role="OrdersFunction")
    assert ("s3:GetObject*", f"${{{people_id}.Arn}}/2026/*") in of_function


def test_keys_of_encrypted_buckets_may_be_used(stack, orders, done):
    secret = cdk.aws_s3.Bucket(stack, "Secret", encryption=cdk.aws_s3.BucketEncryption.KMS)
    source = JsonLines(bucket=secret, key="people.jsonl")
    DistributedBatch(stack, "Batch", function=orders, settings=BatchSettings(source=source, results=done))
    resources = synthesized(stack)
    (key_id,) = of_type(resources, "KMS::Key")
    assert ("kms:Decrypt", f"${{{key_id}.Arn}}") in allowed(resources)


def test_the_machine_is_traced_and_logs_what_fails(stack, orders, batch):
    DistributedBatch(stack, "Batch", function=orders, settings=batch)
    machine = the_one(synthesized(stack), "StepFunctions::StateMachine")["Properties"]
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ERROR"


def test_children_can_be_express(stack, orders, batch):
    settings = msgspec.structs.replace(batch, execution_type="EXPRESS")
    DistributedBatch(stack, "Batch", function=orders, settings=settings)
    config = map_of(stack)["ItemProcessor"]["ProcessorConfig"]
    assert config == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"max_items": 0}, "max_items is 0; allowed: 1 … 100,000,000"),
        ({"max_batch_bytes": 262_145}, "max_batch_bytes is 262,145; allowed: 1 … 262,144"),
        ({"max_concurrency": 0}, "max_concurrency is 0; allowed: 1 … 10,000"),
        ({"max_concurrency": 10_001}, "max_concurrency is 10,001; allowed: 1 … 10,000"),
        ({"tolerated_failure_percentage": 101}, "tolerated_failure_percentage is 101; allowed: 0 … 100"),
        ({"execution_type": "FAST"}, "execution_type is 'FAST'; allowed: STANDARD, EXPRESS"),
    ],
)
def test_numbers_that_step_functions_refuses_are_refused(stack, orders, batch, change, sentence):
    DistributedBatch(stack, "Batch", function=orders, settings=msgspec.structs.replace(batch, **change))
    assert refused(stack) == [("Shop/Batch", sentence)]


def test_more_children_than_reserved_are_refused(stack, orders, batch):
    DistributedBatch(stack, "Batch", function=orders, settings=batch)
    ReservedConcurrency(stack, "Reserved", function=orders.function, executions=50)
    assert refused(stack) == [
        (
            "Shop/Batch",
            "max_concurrency is 100, above the function's reserved concurrency of 50: the rest would be throttled",
        )
    ]


def test_a_function_that_takes_longer_than_express_children_may_is_refused(stack, settings, batch):
    slow = TunedFunction(stack, "Orders", settings=msgspec.structs.replace(settings, timeout_s=301))
    settings = msgspec.structs.replace(batch, execution_type="EXPRESS")
    DistributedBatch(stack, "Batch", function=slow, settings=settings)
    ((path, said),) = refused(stack)
    assert path == "Shop/Batch"
    assert said.startswith("the function may take 301 s, and an EXPRESS child has 300")
